"""The command line: one client of the service's HTTP and WebSocket, and how things look in a terminal."""
