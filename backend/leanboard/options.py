"""What the settings mean for each part of the service. Pure: nothing is opened or started here."""

import os
from pathlib import Path

from leanboard.engines.docker.images import PullOptions
from leanboard.engines.docker.options import DockerOptions
from leanboard.engines.docker.spec import Profile
from leanboard.engines.folder_cache import CacheLimits, FolderCache
from leanboard.engines.requirements_installer import InstallOptions
from leanboard.models.organising import RetentionRules
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.services.request_limits import RequestLimits
from leanboard.services.run_plan import RunnerLimits
from leanboard.services.warm_slot import WarmKind
from leanboard.services.warm_slots import WarmOptions
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout

MEGABYTE = 1 << 20


def docker_options(settings: Settings, instance: str) -> DockerOptions:
    """Return the docker engine's part of the settings."""
    return DockerOptions(
        instance=instance,
        image=settings.image,
        user=settings.docker_user,
        required=settings.engine is EngineChoice.DOCKER,
        pulls=PullOptions(settings.docker_pull, settings.docker_pull_timeout),
        path_mappings=settings.docker_path_mappings,
        builds=HomeLayout(settings.home).builds,
        build_network=settings.docker_build_network,
        profile=Profile(
            network=settings.docker_network,
            read_only=settings.docker_read_only,
            drop_capabilities=settings.docker_drop_capabilities,
            no_new_privileges=settings.docker_no_new_privileges,
            pids=settings.docker_pids,
            cpus=settings.docker_cpus,
            tmp_mb=settings.docker_tmp,
            max_output_mb=settings.max_output,
            environment=settings.docker_env,
        ),
    )


def install_options(settings: Settings) -> InstallOptions:
    """Return how requirements.txt is installed, with the one cache of all engines."""
    most = settings.requirements_cache_size * MEGABYTE
    limits = CacheLimits(settings.requirements_cache_entries, bytes=most, entry_bytes=most)
    return InstallOptions(
        cache=FolderCache(HomeLayout(settings.home).packages, limits),
        seconds=settings.requirements_timeout,
        environment=settings.requirements_env,
        network=settings.requirements_network,
    )


def retention_rules(settings: Settings) -> RetentionRules:
    """Return how much is kept of results."""
    return RetentionRules(keep_days=settings.keep_days, keep_runs=settings.keep_runs, keep_size=settings.keep_size)


def runner_limits(settings: Settings) -> RunnerLimits:
    """Return what every run is held to."""
    return RunnerLimits(
        memory=settings.memory * MEGABYTE,
        cpu_seconds=settings.cpu_seconds,
        cancel_grace=settings.cancel_grace,
        boot_timeout=settings.boot_timeout,
        stall_after=settings.stall_after,
        max_output=settings.max_output * MEGABYTE,
    )


def warm_options(settings: Settings, data_folder: Path) -> WarmOptions:
    """Return how many slots boot ahead, and of what."""
    # A process that waits uses a little CPU time, which would count for its run.
    embedded = settings.warm_embedded if settings.cpu_seconds is None else 0
    return WarmOptions(
        sizes={
            WarmKind(EngineName.DOCKER): settings.warm_docker,
            **{WarmKind(EngineName.DOCKER, image): size for image, size in settings.warm_images.items()},
            WarmKind(EngineName.EMBEDDED): embedded,
        },
        image=settings.image,
        max_age=settings.warm_max_age,
        min_free_memory=settings.warm_min_free_memory * MEGABYTE,
        boot_timeout=settings.boot_timeout,
        data_folder=data_folder,
        limits=runner_limits(settings),
        cores=os.cpu_count() or 1,
    )


def request_limits(settings: Settings) -> RequestLimits:
    """Return what a request may ask for."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    return RequestLimits(
        memory=settings.max_memory or memory,
        cpus=settings.max_cpus or float(os.cpu_count() or 1),
        images=tuple(dict.fromkeys((settings.image, *settings.allowed_images))),
    )
