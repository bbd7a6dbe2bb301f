"""Records of LEAN's form, also where a signal comes into the middle of one."""

import io

from minilean.log_handler import CompositeLogHandler


class Console(io.StringIO):
    """Like a buffered stream, it refuses to be entered twice; once, a signal comes while it writes."""

    def __init__(self, on_write):
        super().__init__()
        self._on_write = on_write
        self._is_inside = False

    def write(self, text: str) -> int:
        if self._is_inside:
            raise RuntimeError("reentrant call")
        self._is_inside = True
        handler, self._on_write = self._on_write, lambda: None
        handler()
        self._is_inside = False
        return super().write(text)


def test_a_record_of_a_signals_handler_follows_the_one_it_came_into(monkeypatch, tmp_path):
    console = Console(lambda: log.trace("cancelled"))
    monkeypatch.setattr("sys.stdout", console)
    log = CompositeLogHandler()
    log.open_file(tmp_path)
    log.trace("first")
    log.trace("second")
    log.close()
    for text in (console.getvalue(), (tmp_path / "log.txt").read_text()):
        assert [line.partition(" TRACE:: ")[2] for line in text.splitlines()] == ["first", "cancelled", "second"]
