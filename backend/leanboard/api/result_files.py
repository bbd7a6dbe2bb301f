"""What lies in a run's directory: files, archive, logs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from leanboard.api import analytics_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.conditional import NOT_MODIFIED, known_tags
from leanboard.api.dependencies import Paging, Services, TimestampPath
from leanboard.api.downloads import BINARY, SAFE_HEADERS, OpenFileResponse
from leanboard.api.openapi import Responses, answers, problems
from leanboard.errors import InvalidInput, NotFound
from leanboard.models.analytics import FileListResponse, LogResponse
from leanboard.models.analytics_queries import LogQuery

router = APIRouter(prefix="/results/{timestamp}", tags=["results"], route_class=StrictRoute)

ZIP = "application/zip"


def _download(description: str, media_type: str) -> Responses:
    content: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "example": "…"}
    return {200: {"description": description, "content": {media_type: content}}, **problems(InvalidInput, NotFound)}


@router.get(
    "/logs",
    operation_id="getLog",
    summary="A part of a log",
    responses={**answers(200, "Records", samples.LOG), **problems(InvalidInput, NotFound)},
)
async def get_log(timestamp: TimestampPath, services: Services, query: Annotated[LogQuery, Query()]) -> LogResponse:
    """Return records from an offset on, those with a text or of a level alone if asked for."""
    return await services.files.log(timestamp, query)


@router.get(
    "/files",
    operation_id="listFiles",
    summary="Files of a result",
    responses={**answers(200, "One page", samples.FILES), **problems(InvalidInput, NotFound)},
)
async def list_files(timestamp: TimestampPath, services: Services, query: Paging) -> FileListResponse:
    """Return the regular files of the run directory; links, pipes and sockets are not there."""
    return await services.files.page(timestamp, query.page, query.page_size)


@router.get(
    "/files/{name:path}",
    operation_id="getFile",
    summary="One file as it lies",
    response_class=FileResponse,
    responses={
        **_download("The file; a part of it where the client asks for a Range", BINARY),
        **NOT_MODIFIED,
    },
)
async def get_file(
    timestamp: TimestampPath,
    name: Annotated[str, Path(max_length=4096, description="Path inside the run directory", examples=["log.txt"])],
    services: Services,
    request: Request,
) -> Response:
    """Return one file, unchanged, as a download; with ranges."""
    response = OpenFileResponse(await services.files.opened(timestamp, name), name.rpartition("/")[2])
    if response.headers["etag"] in known_tags(request):
        response.close()
        return Response(status_code=304, headers={"ETag": response.headers["etag"]})
    return response


@router.get(
    "/archive.zip",
    operation_id="getArchive",
    summary="The whole run directory",
    response_class=StreamingResponse,
    responses=_download("A zip, made while it is sent", ZIP),
)
async def get_archive(timestamp: TimestampPath, services: Services) -> StreamingResponse:
    """Return all files of the run directory in one zip."""
    headers = {**SAFE_HEADERS, "Content-Disposition": f'attachment; filename="{timestamp}.zip"'}
    return StreamingResponse(await services.files.archive(timestamp), media_type=ZIP, headers=headers)
