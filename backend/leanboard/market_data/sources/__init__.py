"""Where bars come from: packages, simulation, and the demonstration folder made of both."""
