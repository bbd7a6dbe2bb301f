"""How a run is executed; nothing above this package knows which engine did it."""
