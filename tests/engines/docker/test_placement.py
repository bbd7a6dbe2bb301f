"""What a path of the service is called on the engine's host: samples of real containers, and the rule in general."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.engines.docker.placement import (
    SAME_PATHS,
    HostPaths,
    PathMap,
    Place,
    Surroundings,
    find_path_map,
    in_container,
    own_container_id,
    parse_mappings,
    parse_mountinfo,
)
from leanboard.engines.docker.spec import Mount
from leanboard.errors import ConfigurationError, EngineError, EngineUnavailable

OWN = "209bd4460879393517fa69519e81b7d721d4b71b22547ffe5a2ba05abfb97a27"
OTHER = "4a3a5dae8055dbbd6b95dd3ab7106a9fb4c88af3d8f4be981ed99437389b59cc"
ENGINE = f"/var/lib/docker/containers/{OWN}"

# Engine 20.10, cgroup v1, --read-only --tmpfs /tmp, the host's /srv/lean home with a blank in its name.
CGROUP_1 = rf"""123 61 0:43 / / ro,relatime master:3 - overlay overlay rw,lowerdir=/x,upperdir=/y
124 123 0:49 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
125 123 0:50 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
127 123 0:52 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
128 127 0:53 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
132 128 0:32 /docker/{OWN} /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,memory
152 125 0:59 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
154 123 0:60 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
155 123 254:0 {ENGINE}/resolv.conf /etc/resolv.conf ro,relatime - ext4 /dev/vda rw,discard
157 123 254:0 {ENGINE}/hostname /etc/hostname ro,relatime - ext4 /dev/vda rw,discard
159 123 254:0 {ENGINE}/hosts /etc/hosts ro,relatime - ext4 /dev/vda rw,discard
160 123 254:0 /srv/lean\040home /var/lib/leanboard rw,relatime - ext4 /dev/vda rw,discard
161 123 254:0 /srv/data /data ro,relatime - ext4 /dev/vda rw,discard
164 123 254:0 /run/docker.sock /run/docker.sock rw,relatime - ext4 /dev/vda rw,discard
66 124 0:62 / /proc/acpi ro,relatime - tmpfs tmpfs ro
69 127 0:63 / /sys/firmware ro,relatime - tmpfs tmpfs ro
"""

# cgroup v2 with a namespace of its own: nothing but the three files names the container. The engine's disk is btrfs.
CGROUP_2 = f"""812 641 0:72 / / rw,relatime master:204 - overlay overlay rw,lowerdir=/x,upperdir=/y,workdir=/z
815 812 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
831 812 0:35 /@docker/containers/{OWN}/resolv.conf /etc/resolv.conf rw,relatime - btrfs /dev/sda2 rw,ssd,subvolid=256
832 812 0:35 /@docker/containers/{OWN}/hostname /etc/hostname rw,relatime - btrfs /dev/sda2 rw,ssd,subvolid=256
833 812 0:35 /@docker/containers/{OWN}/hosts /etc/hosts rw,relatime - btrfs /dev/sda2 rw,ssd,subvolid=256
"""

PODMAN = f"""911 707 0:51 / / rw,relatime - overlay overlay rw,lowerdir=/x,upperdir=/y,workdir=/z
920 911 0:25 /containers/overlay-containers/{OWN}/userdata/hosts /etc/hosts rw,nosuid,nodev - tmpfs tmpfs rw,size=1g
921 911 0:25 /containers/overlay-containers/{OWN}/userdata/hostname /etc/hostname rw,nosuid - tmpfs tmpfs rw,size=1g
922 911 0:25 /containers/overlay-containers/{OWN}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw,size=1g
"""

# A machine, seen while it runs a container, and while an agent has the engine's folder mounted elsewhere.
MACHINE = f"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
46 27 254:0 /var/lib/docker /var/lib/docker rw,relatime shared:1 - ext4 /dev/vda rw,discard
47 46 0:43 / /var/lib/docker/overlay2/f93d/merged rw,relatime - overlay overlay rw,lowerdir=/x,upperdir=/y,workdir=/z
48 27 254:0 {ENGINE}/hostname /mnt/look/hostname rw,relatime - ext4 /dev/vda rw
"""

MOUNTS = (
    Mount("/srv/lean home", "/var/lib/leanboard", read_only=False),
    Mount("/srv/data", "/data", read_only=True),
    Mount("/run/docker.sock", "/var/run/docker.sock", read_only=False),  # seen as /run/docker.sock: a link
)


def _resolve(path: str) -> str:
    return path.replace("/var/run/", "/run/")


class OneContainer:
    """An engine that runs the container ``OWN``."""

    def __init__(self, mounts: tuple[Mount, ...] = MOUNTS) -> None:
        self._mounts = mounts
        self.asked: list[str] = []

    async def own_mounts(self, container_id: str) -> tuple[Mount, ...]:
        self.asked.append(container_id)
        return self._mounts if container_id == OWN else ()


async def _found(mountinfo=CGROUP_1, *, setting=None, mounts=MOUNTS) -> PathMap:
    return await find_path_map(setting, OneContainer(mounts), Surroundings(mountinfo, _resolve))


def _host(path_map: PathMap, path: str, *, write: bool = False) -> str:
    return path_map.translate(PurePosixPath(path), write=write)


# --- whether, and which ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", [CGROUP_1, CGROUP_2])
def test_containers_of_docker_know_their_id(sample):
    points = tuple(parse_mountinfo(sample))
    assert in_container(points)
    assert own_container_id(points) == OWN


def test_podman_is_a_container_but_not_one_of_dockers():
    points = tuple(parse_mountinfo(PODMAN))
    assert in_container(points)
    assert own_container_id(points) is None


def test_a_machine_is_no_container_whatever_it_has_mounted_elsewhere():
    points = tuple(parse_mountinfo(MACHINE))
    assert not in_container(points)
    assert own_container_id(points) is None


def test_two_ids_are_none():
    mixed = CGROUP_1 + f"200 123 254:0 /docker/containers/{OTHER}/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw\n"
    assert own_container_id(parse_mountinfo(mixed)) is None


def test_escapes_are_undone_and_broken_lines_passed_over():
    text = (
        "160 123 254:0 /srv/a\\040b\\134c /m\\011n rw shared:1 master:2 - ext4 /dev/vda rw\n\nbroken\n1 2 3 4 5 6 7 8\n"
    )
    (point,) = parse_mountinfo(text)
    assert (point.root, point.target) == ("/srv/a b\\c", "/m\tn")


# --- the three sources ----------------------------------------------------------------------------------------------


async def test_without_a_container_paths_are_the_same_and_nobody_is_asked():
    engine = OneContainer()
    for mountinfo in (MACHINE, ""):
        assert await find_path_map(None, engine, Surroundings(mountinfo)) is SAME_PATHS
    assert engine.asked == []
    assert _host(SAME_PATHS, "/srv/anything at all", write=True) == "/srv/anything at all"


async def test_this_machine_says_something():
    assert isinstance(await find_path_map("/=/", OneContainer()), PathMap)


async def test_in_a_container_its_own_mounts_tell():
    found = await _found()
    assert _host(found, "/var/lib/leanboard/work/1/slot", write=True) == "/srv/lean home/work/1/slot"
    assert _host(found, "/var/lib/leanboard") == "/srv/lean home"
    assert _host(found, "/data") == "/srv/data"


async def test_a_folder_in_a_named_volume_is_one_of_the_host():
    volume = Mount("/var/lib/docker/volumes/home/_data", "/var/lib/leanboard", read_only=False)
    found = await _found(mounts=(volume,))
    assert _host(found, "/var/lib/leanboard/work/1") == "/var/lib/docker/volumes/home/_data/work/1"


async def test_the_setting_wins_and_nobody_is_asked():
    engine = OneContainer()
    found = await find_path_map(" /var/lib/leanboard = /mnt/my home , /data=/d=1 ,", engine, Surroundings(CGROUP_1))
    assert engine.asked == []
    assert _host(found, "/var/lib/leanboard/x") == "/mnt/my home/x"
    assert _host(found, "/data/equity") == "/d=1/equity"
    with pytest.raises(EngineError):
        _host(found, "/elsewhere")


async def test_a_blank_setting_is_none():
    assert _host(await _found(setting="  "), "/data") == "/srv/data"


@pytest.mark.parametrize("text", ["/data", "/data=", "=/srv", "data=/srv", "/data=srv", "/data=/srv/../etc", "/a=/b,c"])
def test_a_bad_setting_is_told_with_an_example(text):
    with pytest.raises(ConfigurationError, match=r"LEANBOARD_DOCKER_PATH_MAPPINGS.*such as .*=/srv/leanboard"):
        HostPaths(text, OneContainer())


def test_a_path_mapped_twice_is_told():
    with pytest.raises(ConfigurationError, match="/data is mapped twice"):
        list(parse_mappings("/data=/a,/data=/b"))


# --- failing closed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/opt/mine", "/tmp/x", "/", "/var/lib", "/var/lib/leanboard2", "/datax"])
async def test_what_the_host_does_not_have_is_refused_with_the_ways_out(path):
    with pytest.raises(EngineError) as caught:
        _host(await _found(), path)
    assert caught.value.detail.startswith(f"{path} ")
    assert "Mount a folder" in caught.value.detail
    assert f"LEANBOARD_DOCKER_PATH_MAPPINGS={path}=" in caught.value.detail


async def test_read_only_mounts_are_refused_for_what_must_be_written():
    found = await _found()
    with pytest.raises(EngineError, match=r"/data/out must be written.*read-only"):
        _host(found, "/data/out", write=True)


async def test_a_tmpfs_inside_a_mount_is_not_the_hosts():
    inner = "170 160 0:99 / /var/lib/leanboard/work rw - tmpfs tmpfs rw\n"
    found = await _found(CGROUP_1 + inner)
    with pytest.raises(EngineError, match="/var/lib/leanboard/work/1 is in no folder"):
        _host(found, "/var/lib/leanboard/work/1")
    with pytest.raises(EngineError, match="/var/lib/leanboard/work is a mount of its own inside /var/lib/leanboard;"):
        _host(found, "/var/lib/leanboard")
    assert _host(found, "/var/lib/leanboard/results") == "/srv/lean home/results"


def test_a_mount_inside_is_fine_where_the_host_has_the_same_there():
    same = PathMap(tuple(parse_mappings("/data=/srv/data,/data/equity=/srv/data/equity")))
    assert _host(same, "/data") == "/srv/data"
    other = PathMap(tuple(parse_mappings("/data=/srv/data,/data/equity=/mnt/equity")))
    with pytest.raises(EngineError, match="/data/equity is a mount of its own"):
        _host(other, "/data")
    assert _host(other, "/data/equity/usa") == "/mnt/equity/usa"


async def test_a_mount_without_a_name_on_the_host_is_not_the_hosts():
    tmpfs = Mount("", "/var/lib/leanboard", read_only=False)
    with pytest.raises(EngineError, match="is in no folder"):
        _host(await _found(mounts=(tmpfs,)), "/var/lib/leanboard/x")


async def test_podman_and_the_like_must_be_told():
    with pytest.raises(EngineError, match=r"not in one of Docker's.*LEANBOARD_DOCKER_PATH_MAPPINGS"):
        await _found(PODMAN)


async def test_another_hosts_engine_knows_nothing_of_us():
    with pytest.raises(EngineError, match="knows no mounts of container 209bd4460879"):
        await _found(mounts=())


async def test_the_mounts_of_a_container_whose_network_we_share_are_not_ours():
    with pytest.raises(EngineError, match="/var/lib/vpn mounted, but the service does not see it"):
        await _found(mounts=(*MOUNTS, Mount("/srv/vpn", "/var/lib/vpn", read_only=False)))


async def test_a_failure_is_asked_again_and_an_answer_is_kept():
    class Flaky(OneContainer):
        async def own_mounts(self, container_id: str) -> tuple[Mount, ...]:
            if not self.asked:
                self.asked.append(container_id)
                message = "no Docker engine answers"
                raise EngineUnavailable(message)
            return await super().own_mounts(container_id)

    engine = Flaky()
    paths = HostPaths(None, engine, Surroundings(CGROUP_1, _resolve))
    with pytest.raises(EngineUnavailable):
        await paths.on_host(Path("/data/x"))
    assert [await paths.on_host(Path("/data/x")) for _ in range(3)] == ["/srv/data/x"] * 3
    assert engine.asked == [OWN, OWN]


# --- links, and the rule in general ---------------------------------------------------------------------------------


def test_links_are_resolved_first(tmp_path):
    real = (tmp_path / "real").resolve()
    (real / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    path_map = PathMap((Place(PurePosixPath(real), PurePosixPath("/srv/here")),))
    assert path_map.on_host(tmp_path / "link" / "inside") == "/srv/here/inside"
    (real / "out").symlink_to("/usr")
    with pytest.raises(EngineError, match=r"^/usr/\w+ is in no folder"):
        path_map.on_host(real / "out" / "lib64x")


def test_the_settings_service_paths_may_be_links(tmp_path):
    real = (tmp_path / "real").resolve()
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    path_map = PathMap(tuple(parse_mappings(f"{tmp_path / 'link'}=/srv/here")))
    assert path_map.on_host(Path(tmp_path / "link" / "a b")) == "/srv/here/a b"


NAMES = st.sampled_from(["a", "b", "ab", "a b", "ü"])
PATHS = st.lists(NAMES, max_size=4).map(lambda parts: PurePosixPath("/", *parts))
MAPS = st.dictionaries(PATHS, st.none() | PATHS, max_size=6)


@given(places=MAPS, path=PATHS)
def test_the_innermost_mount_decides(places, path):
    path_map = PathMap(tuple(Place(service, host) for service, host in places.items()))
    innermost = next((p for p in (path, *path.parents) if p in places), None)
    expected = None if innermost is None else places[innermost]
    if innermost is None or expected is None:
        with pytest.raises(EngineError, match="is in no folder"):
            path_map.translate(path)
        return
    host = expected / path.relative_to(innermost)
    inside = [p for p in places if p != path and p.is_relative_to(path)]
    if all(places[p] == host / p.relative_to(path) for p in inside):
        assert path_map.translate(path) == str(host)
    else:
        with pytest.raises(EngineError, match="is a mount of its own"):
            path_map.translate(path)


@given(places=MAPS, path=PATHS, name=NAMES)
def test_what_is_in_a_shared_folder_is_in_its_folder_of_the_host(places, path, name):
    path_map = PathMap(tuple(Place(service, host) for service, host in places.items()))
    try:
        found = path_map.translate(path)
    except EngineError:
        return
    assert path_map.translate(path / name) == str(PurePosixPath(found) / name)
