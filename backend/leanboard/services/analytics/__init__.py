"""Views of one finished run: pure functions of its :class:`ResultDocument`, and what serves them."""
