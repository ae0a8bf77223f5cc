"""DataShelf: prepared images, made once for all runs and previews that want the same ones."""

from __future__ import annotations

from collections import OrderedDict
from weakref import WeakValueDictionary

import torch

from playground.engine.images.data import TrainingData, prepare_data
from playground.engine.images.image_feed import ImageFeed
from playground.engine.machine.preparation import Preparation
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry
from playground.experiment.settings import DataSettings
from playground.run.records import PreparationRecord

# What is kept when nobody uses it any more: a page's next run mostly wants the images of its last
# one, and another page those of its own.
_KEPT = 2
_KEPT_BYTES = 400_000_000

_Key = tuple[DatasetEntry, DataSettings, int, frozenset[str]]


class DataShelf:
    """Images by what decides them. Thirty runs on one data set share one copy in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, TrainingData] = OrderedDict()
        self._under_way: dict[tuple[_Key, bool], _SharedPreparation] = {}
        self._feeds: WeakValueDictionary[tuple[object, ...], ImageFeed] = WeakValueDictionary()

    def prepare(
        self,
        settings: DataSettings,
        seed: int,
        download: bool = True,
        flaws: frozenset[str] = frozenset(),
    ) -> Preparation[TrainingData]:
        """Return what `prepare_data` returns, from the shelf where it is there.

        Those who ask while it is being prepared advance one preparation together, so that none
        depends on another's turn; the last one to leave ends it.
        """
        key = _key(settings, seed, flaws)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        shared = self._under_way.get((key, download))
        if shared is None:
            shared = _SharedPreparation(prepare_data(settings, seed, download, flaws))
            self._under_way[key, download] = shared
        shared.users += 1
        try:
            while (record := shared.advance()) is not None:
                yield record
        finally:
            shared.users -= 1
            if shared.is_over or not shared.users:
                shared.close()
                if self._under_way.get((key, download)) is shared:
                    del self._under_way[key, download]
        data = shared.result()
        self._keep(key, data)
        return data

    def put(self, settings: DataSettings, seed: int, data: TrainingData) -> None:
        """Lay `data` on the shelf as what these settings ask for."""
        self._keep(_key(settings, seed, frozenset()), data)

    def feeds(
        self,
        data: TrainingData,
        device: torch.device,
        number: torch.dtype = torch.float32,
        *,
        channels_last: bool,
    ) -> tuple[ImageFeed, ImageFeed]:
        """Return the feeds of the training and the validation images; equal images share one."""
        made = []
        for role, dataset in (("train", data.train), ("validation", data.validation)):
            if dataset is data.train:
                role = "train"  # also where validation was never separated
            key = (data.fingerprint, data.normalization, role, device, number, channels_last)
            feed = self._feeds.get(key)
            if feed is None:
                feed = ImageFeed(
                    dataset,
                    data.normalization,
                    device,
                    number,
                    channels_last=channels_last,
                    in_order=role == "validation",
                )
                self._feeds[key] = feed
            made.append(feed)
        return made[0], made[1]

    def _keep(self, key: _Key, data: TrainingData) -> None:
        self._kept[key] = data
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT or sum(map(_bytes, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)


class _SharedPreparation:
    """A preparation that several wait for; whoever has a turn advances it."""

    def __init__(self, preparation: Preparation[TrainingData]) -> None:
        self._preparation = preparation
        self._data: TrainingData | None = None
        self._error: Exception | None = None
        self.users = 0

    @property
    def is_over(self) -> bool:
        return self._data is not None or self._error is not None

    def advance(self) -> PreparationRecord | None:
        """Return the next record, or None where none comes any more."""
        if self.is_over:
            return None
        try:
            return next(self._preparation)
        except StopIteration as end:
            self._data = end.value
        except Exception as error:  # each of those who wait is told
            self._error = error
        return None

    def result(self) -> TrainingData:
        """Return the data, or raise what went wrong."""
        if self._error is not None:
            raise self._error
        assert self._data is not None, "asked before the end"
        return self._data

    def close(self) -> None:
        """Give up what is under way, such as a download."""
        self._preparation.close()


def _key(settings: DataSettings, seed: int, flaws: frozenset[str]) -> _Key:
    # The entry too: what people bring may change while the program runs.
    entry = catalog.DATASETS[settings.dataset]
    settings = settings.model_copy(update={"augmentation": "none", "crop_shift": None})
    return entry, settings, seed if flaws else 0, flaws


def _bytes(data: TrainingData) -> int:
    return sum(part.inputs.nbytes for part in (data.train, data.validation, data.test))
