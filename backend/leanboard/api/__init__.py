"""HTTP and WebSocket: thin routers, one file per resource."""
