"""Alpha models: what makes insights."""
