"""What the doctor's container does instead of LEAN, and what its answers mean. Pure.

A shell looks at every place that LEAN uses: it reads a token where LEAN reads, writes one where LEAN writes, and tells
who it is and how much room there is. Each answer is a line on stdout that begins with a mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leanboard.engines.docker.carrier import Manner
from leanboard.engines.docker.spec import CONFIG, CONSOLE, COPIED_CONFIG

MARK = "@@probe"
TOKEN = "doctor-token"  # noqa: S105  # the name of a file
WITNESS_BYTES = 48
_MAX_TEXT = 300

_SCRIPT = """
token=$1 data=$2 witness=$3 program=$4
shift 4
say() { printf '%s\\n' "MARK $*"; }
flat() { tr '\\n' ' ' | head -c 300; }
for place in READ; do
    if text=$(cat "$place" 2>&1); then say read "$place" yes "$(printf %s "$text" | flat)"
    else say read "$place" no "$(printf %s "$text" | flat)"; fi
done
for place do
    if text=$( { printf %s "$token" >"$place"; } 2>&1 ); then say write "$place" yes
    else say write "$place" no "$(printf %s "$text" | flat)"; fi
done
if text=$(ls -A "$data" 2>&1 >/dev/null); then say folder "$data" yes
else say folder "$data" no "$(printf %s "$text" | flat)"; fi
if [ -n "$witness" ] && command -v od >/dev/null 2>&1; then
    if text=$(od -An -v -tx1 -N BYTES "$witness" 2>&1); then say read "$data" yes "$(printf %s "$text" | tr -d ' \\n')"
    else say read "$data" no "$(printf %s "$text" | flat)"; fi
fi
unreadable=$(find "$data" -maxdepth 3 ! -readable 2>/dev/null | head -n 1)
[ -z "$unreadable" ] || say unreadable "$data" no "$unreadable"
say user - yes "$(id -u):$(id -g)"
say room - yes "$(df -Pk / 2>/dev/null | tail -n 1)"
if command -v "$program" >/dev/null 2>&1; then say program "$program" yes; else say program "$program" no; fi
if [ -f QuantConnect.Lean.Launcher.dll ]; then say launcher - yes; else say launcher - no "$(pwd)"; fi
say end - yes
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the container looks, by the name of the slot's part; paths as the container sees them.

    Attributes:
        read: Files that hold the token.
        write: Files that it writes the token to.
        data: The data folder.
        is_shared: The service sees the same files; else they are copied.
    """

    read: Mapping[str, str]
    write: Mapping[str, str]
    data: str
    is_shared: bool


def places_of(manner: Manner) -> Places:
    """Return where containers of a carrier look."""
    paths = manner.paths
    read = {"code": f"{paths.code}/{TOKEN}", "config.json": CONFIG if manner.to_files else COPIED_CONFIG}
    write = {"output": f"{paths.output}/{TOKEN}", "storage": f"{paths.storage}/{TOKEN}"}
    if manner.to_files:
        read |= {"slot": f"{paths.job.rpartition('/')[0]}/{TOKEN}"}
        write |= {"console": f"{CONSOLE}/{TOKEN}"}
    return Places(read, write, paths.data, is_shared=manner.to_files)


def probe_command(token: str, witness: str, program: str, places: Places) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return entrypoint and command.

    Args:
        token: Letters and digits; what is read and written.
        witness: A file of the data folder, as the container sees it; empty for none.
        program: What the image starts.
        places: Where to look.
    """
    read = " ".join(f"'{place}'" for place in places.read.values())
    script = _SCRIPT.replace("MARK", MARK).replace("READ", read).replace("BYTES", str(WITNESS_BYTES))
    return ("/bin/sh", "-c", script, "doctor"), (token, places.data, witness, program, *places.write.values())


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the script's.

    Attributes:
        text: What was read, or the error's words.
    """

    done: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProbeAnswers:
    """What the container saw.

    Attributes:
        read: By place, as the container names it.
        write: Likewise.
        facts: The other answers by name: ``user``, ``room``, ``program``, ``launcher``, ``folder``, ``unreadable``.
        complete: The script came to its end.
    """

    read: Mapping[str, Answer] = field(default_factory=dict)
    write: Mapping[str, Answer] = field(default_factory=dict)
    facts: Mapping[str, Answer] = field(default_factory=dict)
    complete: bool = False

    @property
    def user(self) -> str:
        """``UID:GID`` inside of the container; empty if not told."""
        return self.facts["user"].text if "user" in self.facts else ""

    @property
    def engine_room(self) -> int | None:
        """Bytes that are free where the engine keeps containers and images; None if not told."""
        fields = self.facts["room"].text.split() if "room" in self.facts else []
        return int(fields[3]) * 1024 if len(fields) > 3 and fields[3].isdigit() else None


def read_answers(console: bytes) -> ProbeAnswers:
    """Read what the container printed; lines that are not the script's are passed over."""
    read: dict[str, Answer] = {}
    write: dict[str, Answer] = {}
    facts: dict[str, Answer] = {}
    for line in console.decode("utf-8", "replace").splitlines():
        mark, _, rest = line.partition(" ")
        words = rest.split(" ", 3)
        if mark != MARK or len(words) < 3:
            continue
        what, place, done = words[:3]
        answer = Answer(done == "yes", words[3].strip()[:_MAX_TEXT] if len(words) > 3 else "")
        target = {"read": read, "write": write}.get(what)
        if target is None:
            facts[what] = answer
        else:
            target[place] = answer
    return ProbeAnswers(read, write, facts, complete="end" in facts)
