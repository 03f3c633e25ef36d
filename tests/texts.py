"""Texts written for the tests, and short ways to prepare and to run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from dedup import Article, clean, cli, credit, prepare, tokens
from dedup.records import Prepared, Zone

SEEDS = Path(__file__).parent.parent / "seeds"

TITLE = "Storm keeps the ferries of the island in the harbour"
STORY = (
    "The harbour master said on Monday that both ferries of the island would stay in port until the storm had passed.",
    "Fishermen who had hauled their boats ashore waited in the market hall while helpers handed out soup and blankets.",
    "A spokeswoman for the council said the school would open again once engineers had looked at the gymnasium roof.",
    "Two freighters on their way to the mainland turned back during the night and anchored behind the northern cape.",
    "The weather office expects the wind to drop before dawn, although heavy rain may flood the lower streets again.",
    "Shopkeepers along the quay filled sandbags all afternoon and carried their stock to the upper floors of houses.",
)
OTHER_TITLE = "Library finds a forgotten map of the northern valleys"
OTHER_STORY = (
    "Librarians sorting a cellar last week came upon a hand-drawn map that nobody had opened for nearly two centuries.",
    "It shows mills, bridges and orchards in three valleys, most of which were drowned when the reservoir was built.",
    "Historians hope that the careful drawing will help them to date the oldest farms named in the parish registers.",
    "The paper is brittle, so restorers will spend the whole winter flattening it before anybody may copy the sheet.",
    "Visitors can look at a photograph of the map in the reading room from next month, the head librarian promised.",
)
PAGE = "\n\n".join((TITLE, *STORY))
OTHER_PAGE = "\n\n".join((OTHER_TITLE, *OTHER_STORY))

#: A headline and two paragraphs in each language.
PAGES = {
    "en": (TITLE, *STORY[:2]),
    "de": (
        "Sturm hält die Fähren der Insel im Hafen fest",
        "Der Hafenmeister sagte am Montag, beide Fähren der Insel würden im Hafen bleiben, bis der Sturm vorbei sei.",
        "Fischer, die ihre Boote an Land gezogen hatten, warteten in der Markthalle, wo es heiße Suppe und Decken gab.",
    ),
    "fr": (
        "La tempête retient les ferries de l'île au port",
        "Le capitaine du port a déclaré lundi que les deux ferries de l'île resteraient à quai jusqu'à mardi matin.",
        "Des pêcheurs qui avaient tiré leurs bateaux à terre attendaient dans la halle où l'on servait de la soupe.",
    ),
    "es": (
        "El temporal retiene los transbordadores de la isla en el puerto",
        "El capitán del puerto dijo el lunes que los transbordadores de la isla seguirán amarrados hasta que amaine.",
        "Pescadores que habían sacado sus barcas del agua esperaban en el mercado, donde se repartía sopa caliente.",
    ),
    "it": (
        "La tempesta trattiene i traghetti dell'isola nel porto",
        "Il comandante del porto ha detto lunedì che i due traghetti dell'isola resteranno fermi fino a martedì.",
        "I pescatori che avevano tirato le barche a riva aspettavano nel mercato coperto, dove si serviva zuppa calda.",
    ),
    "pt": (
        "Temporal mantém as balsas da ilha no porto",
        "O capitão do porto disse na segunda-feira que as duas balsas da ilha ficarão no porto até terça-feira.",
        "Pescadores que tinham puxado os barcos para terra esperavam no mercado, onde se distribuía sopa.",
    ),
    "ru": (
        "Шторм удерживает паромы острова в гавани",
        "Начальник порта сообщил в понедельник, что оба парома острова останутся в гавани, пока шторм не пройдёт мимо.",
        "Рыбаки, которые вытащили свои лодки на берег, ждали на рынке, где добровольцы раздавали суп и сухие одеяла.",
    ),
    "ar": (
        "العاصفة تبقي عبارات الجزيرة في الميناء",
        "قال مدير الميناء يوم الاثنين إن عبارتي الجزيرة ستبقيان في الميناء حتى تمر العاصفة وتهدأ الرياح في المضيق.",
        "وانتظر الصيادون الذين سحبوا قواربهم إلى الشاطئ في قاعة السوق حيث وزع المتطوعون الحساء الساخن والبطانيات.",
    ),
    "zh": (
        "风暴使岛上渡轮停泊在港口",
        "港务长星期一说，岛上的两艘渡轮将停在港口，直到风暴过去、海峡风力减弱为止。",
        "渔民们把船拖上岸后在市场大厅里等候，志愿者在那里分发热汤和干毯子。",
    ),
    "ja": (
        "嵐で島のフェリーが港に足止め",
        "港長は月曜日、島の二隻のフェリーは嵐が過ぎるまで港にとどまると述べた。",
        "船を陸に引き上げた漁師たちは市場の建物で待ち、温かいスープと乾いた毛布を受け取った。",
    ),
    "ko": (
        "폭풍으로 섬 여객선이 항구에 묶였다",
        "항만장은 월요일 섬의 여객선 두 척이 폭풍이 지나갈 때까지 항구에 머물 것이라고 여러 기자들 앞에서 밝혔다.",
        "배를 뭍으로 끌어올린 어부들은 시장 건물에서 기다렸고 자원봉사자들은 그곳에서 따뜻한 국과 담요를 나눠 주었다.",
    ),
    "tr": (
        "Fırtına adanın feribotlarını limanda tutuyor",
        "Liman başkanı pazartesi günü adanın iki feribotunun fırtına geçene kadar limanda kalacağını söyledi.",
        "Teknelerini karaya çeken balıkçılar pazar yerinde bekledi, gönüllüler sıcak çorba ve battaniye dağıttı.",
    ),
    "nl": (
        "Storm houdt de veerboten van het eiland in de haven",
        "De havenmeester zei maandag dat beide veerboten van het eiland in de haven blijven tot de storm voorbij is.",
        "Vissers die hun boten aan land hadden getrokken, wachtten in de markthal, waar soep werd uitgedeeld.",
    ),
    "pl": (
        "Sztorm zatrzymał promy wyspy w porcie",
        "Kapitan portu powiedział w poniedziałek, że oba promy wyspy pozostaną w porcie, dopóki sztorm nie minie.",
        "Rybacy, którzy wyciągnęli łodzie na brzeg, czekali w hali targowej, gdzie rozdawano gorącą zupę i suche koce.",
    ),
}

_SYLLABLES = tuple(a + b for a, b in zip("bcdfghjklmnprstvwxyz", "aeiouaeiouaeiouaeiou", strict=True))


def day(number: int, month: int = 3) -> datetime:
    return datetime(2024, month, number)


def chatter(seed: int, words: int = 120) -> str:
    """Paragraphs of made-up words that share no five words with those of another seed."""
    rng = random.Random(seed)
    found = ["".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 4))) for _ in range(words)]
    sentences = [" ".join(found[at : at + 15]).capitalize() + "." for at in range(0, words, 15)]
    return "\n\n".join(" ".join(sentences[at : at + 2]) for at in range(0, len(sentences), 2))


def prepared(text: str, id: str = "a", **fields: object) -> Prepared:
    return prepare(Article(id, text, **fields))  # type: ignore[arg-type]


def zones_of(text: str, repeated: Sequence[Zone] = (), **fields: object) -> list[tuple[str, str, str]]:
    """(kind, words, reason) of every zone of a text."""
    article = Article("a", text, **fields)  # type: ignore[arg-type]
    found_tokens = tokens.tokens(text)
    page = credit.reader().page(article, found_tokens)
    found = clean.zones(article, found_tokens, page, repeated)
    return [(zone.kind, text[zone.start : zone.end].strip(), zone.reason) for zone in found]


def kind_of(line: str, text: str, **fields: object) -> str:
    """The zone of the one line of a text that reads ``line``."""
    (kind,) = [kind for kind, words, _ in zones_of(text, **fields) if words == line.strip()]
    return kind


def run(monkeypatch: object, *arguments: object) -> int:
    """The exit status of ``dedup`` with these arguments, in this process."""
    monkeypatch.setattr(sys, "argv", ["dedup", *map(str, arguments)])  # type: ignore[attr-defined]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("main() returned without an exit status")


def run_outside(
    *arguments: object, env: dict[str, str] | None = None, **options: object
) -> subprocess.CompletedProcess[str]:
    """``dedup`` with these arguments as a process of its own: the one under test, whatever folder this is (-P)."""
    command = [sys.executable, "-P", "-m", "dedup", *map(str, arguments)]
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command, capture_output=True, encoding="utf-8", env={**os.environ, **(env or {})}, check=False, **options
    )


def jsonl(path: Path, records: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]
