"""From a strategy's files to its :class:`StrategyInfo`; nothing is imported or executed."""

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from leanboard.models.strategies import StrategyInfo, StrategyLanguage, StrategyProblem
from leanboard.strategies import csharp_reader, csharp_source, python_facts
from leanboard.strategies.csharp_project import check_library
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.folder_scan import Project
from leanboard.strategies.project_config import CONFIG_NAME, ProjectConfig, read_config
from leanboard.strategies.python_source import ModuleLookup, choose_class, parse
from leanboard.strategies.requirements_file import RequirementsFile, read_requirements
from leanboard.strategies.source_text import BrokenSource, clean, read_source

_DATA = re.compile(r"^[ \t]*Data:[ \t]*(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReadStrategy:
    """A strategy and what its run has to be given.

    Attributes:
        info: With source, without the embedded engine's judgement.
        parameters: config.json's parameters as LEAN takes them.
    """

    info: StrategyInfo
    parameters: dict[str, str]


def read_project(project: Project) -> ReadStrategy:
    """Read one strategy; whatever is wrong with it ends up in ``info.problems``.

    Args:
        project: Where it is.
    """
    config = read_config(project.folder / CONFIG_NAME) if project.folder is not None else ProjectConfig()
    parameters = dict(config.parameters)
    requirements = _requirements(project)
    problems = (*config.problems, *_language_problems(project, config), *requirements.problems)
    fatal = [*project.problems, *problems]
    info = StrategyInfo(
        name=project.name,
        path=project.path,
        language=project.language,
        description=config.description,
        requirements=requirements.asked,
        valid=not fatal,
    )
    if project.problems and (project.main.is_symlink() or not project.main.is_file()):
        return ReadStrategy(info.evolve(problems=tuple(fatal)), parameters)
    try:
        if project.is_library:
            info = _library(info, project, config)
        else:
            text = read_source(project.main)
            info = info.evolve(source=text)
            info = _described(info, project, config, text)
    except BrokenSource as error:
        fatal.append(StrategyProblem(line=error.line, reason=error.reason))
        info = info.evolve(valid=False)
    return ReadStrategy(info.evolve(problems=(*fatal, *info.problems)), parameters)


def _language_problems(project: Project, config: ProjectConfig) -> list[StrategyProblem]:
    if config.language in ("", project.language.value):
        return []
    reason = f"config.json says algorithm-language {config.language!r}, but the files are {project.language.value}"
    return [StrategyProblem(reason=reason)]


def _requirements(project: Project) -> RequirementsFile:
    """What pip is to install; C# has other packages."""
    if project.folder is None or project.language is not StrategyLanguage.PYTHON:
        return RequirementsFile()
    return read_requirements(project.folder)


def _described(info: StrategyInfo, project: Project, config: ProjectConfig, text: str) -> StrategyInfo:
    """Add what the text tells.

    Raises:
        BrokenSource: There is no class that LEAN could run.
    """
    if project.language is StrategyLanguage.CSHARP:
        return _csharp(info, project, config, text)
    tree = parse(text, project.main.name)
    chosen = choose_class(tree, _sibling_lookup(project), config.class_name)
    documentation = _documentation(tree, chosen.node)
    return _filled(info, chosen.node.name, documentation, python_facts.read_facts(tree, config.parameters))


def _csharp(info: StrategyInfo, project: Project, config: ProjectConfig, text: str) -> StrategyInfo:
    found = csharp_reader.read_sources(project, text, config)
    info = info.evolve(path=found.path, source=found.text)
    return _filled(info, found.class_name, found.documentation, found.facts)


def _library(info: StrategyInfo, project: Project, config: ProjectConfig) -> StrategyInfo:
    """Add what is known of a compiled strategy: what config.json says.

    Raises:
        BrokenSource: It is no .NET library.
    """
    check_library(project.main)
    return _filled(info, config.class_name, "", csharp_source.read_facts("", config.parameters))


def _filled(info: StrategyInfo, class_name: str | None, documentation: str, facts: StrategyFacts) -> StrategyInfo:
    need = _DATA.search(documentation)
    return info.evolve(
        class_name=clean(class_name) if class_name else None,
        docstring=documentation,
        description=documentation.partition("\n")[0].strip() or info.description,
        data_need=need[1].strip() if need else "",
        parameters=facts.parameters,
        resolutions=facts.resolutions,
        symbols=facts.symbols,
        start_date=facts.start_date,
        end_date=facts.end_date,
        initial_cash=facts.initial_cash,
        problems=facts.problems,
    )


def _documentation(tree: ast.Module, node: ast.ClassDef) -> str:
    """The class's docstring, else the module's."""
    texts = (ast.get_docstring(owner, clean=False) for owner in (node, tree))
    return next((inspect.cleandoc(clean(text)).strip() for text in texts if text and text.strip()), "")


def _sibling_lookup(project: Project) -> ModuleLookup:
    """Parse the modules beside the main file, when an import asks for one."""

    def lookup(module: str) -> ast.Module | None:
        parts = module.split(".")
        if project.folder is None or not all(part.isidentifier() for part in parts):
            return None
        path = Path(project.folder, *parts[:-1], f"{parts[-1]}.py")
        try:
            return parse(read_source(path), path.name)
        except BrokenSource:
            return None

    return lookup
