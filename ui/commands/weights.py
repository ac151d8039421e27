"""coursemate weights list|pull|verify."""

from __future__ import annotations

from argparse import Namespace

from chatbot.settings import Settings
from knowledge.errors import WeightsError
from knowledge.weights import WeightStore, load_catalogue, pull_with_bar
from ui.commands.output import result, result_table, tell


def list_all(arguments: Namespace, settings: Settings) -> int:
    store = _store(settings)
    rows = []
    for profile in store.catalogue.profiles.values():
        if arguments.profile in (None, profile.name):
            for role, name in profile.sets.items():
                weights = store.catalogue.weights[name]
                there = "yes" if store.present(name) else "no"
                rows.append((profile.name, role, name, f"{weights.bytes / 1e6:.0f} MB", weights.license, there))
    result_table(("profile", "role", "weights", "size", "licence", "here"), rows)
    return 0


def pull(arguments: Namespace, settings: Settings) -> int:
    store = _store(settings)
    names = store.catalogue.resolve(arguments.profile or settings.profile)
    if all(store.present(name) for name in names):
        tell(f"Weights of {arguments.profile or settings.profile}: all here.")
        return 0
    pull_with_bar(store, names)
    tell(f"Weights of {arguments.profile or settings.profile}: complete, in {settings.weights}")
    return 0


def verify(arguments: Namespace, settings: Settings) -> int:
    store = _store(settings)
    statuses = store.verify(store.catalogue.resolve(arguments.profile or settings.profile))
    for status in statuses:
        result(f"{status.weights}/{status.file}: {'right' if status.error is None else status.error}")
    wrong = [status for status in statuses if status.error is not None]
    if wrong:
        raise WeightsError(
            f"{len(wrong)} of {len(statuses)} files are missing or wrong. Fetch them with: coursemate weights pull "
            f"{arguments.profile or settings.profile}",
            code="weights_wrong",
            wrong=len(wrong),
            total=len(statuses),
            command=f"coursemate weights pull {arguments.profile or settings.profile}",
        )
    return 0


def _store(settings: Settings) -> WeightStore:
    return WeightStore(settings.weights, load_catalogue(), offline=settings.offline)
