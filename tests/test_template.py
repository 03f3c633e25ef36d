"""Two forms of one template are a formula, whatever they share; a reprint with newer figures is none."""

from __future__ import annotations

import pytest
from texts import prepared

from dedup import compare
from dedup.capitals import capitals, names
from dedup.marks import NAME, NUMBER, marks
from dedup.template import Facts

WEATHER = (
    "The regional weather service expects {sky} skies over {place} on {day}, with a daytime high of {high} degrees and"
    " a low of {low} degrees overnight. Winds from the {wind} will blow at {speed} kilometres an hour and gusts may"
    " reach {gust} on the coast. The water in the bay of {bay} has a temperature of {water} degrees, and bathers are"
    " asked to mind the flags at the beach."
)
SATURDAY = {
    "sky": "cloudy",
    "place": "Aldermouth",
    "day": "Saturday",
    "high": 21,
    "low": 12,
    "wind": "north",
    "speed": 15,
    "gust": 35,
    "bay": "Selk",
    "water": 16,
}
TUESDAY = {
    "sky": "clear",
    "place": "Brunsford",
    "day": "Tuesday",
    "high": 27,
    "low": 17,
    "wind": "west",
    "speed": 25,
    "gust": 60,
    "bay": "Orm",
    "water": 19,
}
COURT = (
    "{name}, {age}, of {street}, {town}, pleaded guilty to {charge} in the town on {date} and was fined {fine} pounds"
    " by the magistrates. The defendant was also ordered to pay costs of {costs} pounds and a victim surcharge of"
    " {extra} pounds, and the driving licence was endorsed with {points} points."
)
SMITH = {
    "name": "Peter Aldous",
    "age": 34,
    "street": "Mill Lane",
    "town": "Harwick",
    "charge": "speeding",
    "date": "3 May",
    "fine": 120,
    "costs": 85,
    "extra": 48,
    "points": 3,
}
JONES = {
    "name": "Susan Brandt",
    "age": 52,
    "street": "Castle Road",
    "town": "Pendle",
    "charge": "driving without due care",
    "date": "11 June",
    "fine": 300,
    "costs": 110,
    "extra": 120,
    "points": 6,
}
MARKET = (
    "Der Leitindex schloss am {day} mit einem Plus von {rise} Prozent bei {level} Punkten. Der Nebenwerteindex stieg um"
    " {second} Prozent auf {third} Punkte, und der Eurokurs wurde zuletzt mit {euro} Dollar angegeben. Am Rentenmarkt"
    " fiel die Umlaufrendite von {yield1} Prozent auf {yield2} Prozent, der Rentenindex gewann {bond} Prozent hinzu."
)
MONDAY = {
    "day": "Montag",
    "rise": "0,71",
    "level": "15.210",
    "second": "0,44",
    "third": "26.871",
    "euro": "1,0872",
    "yield1": "2,41",
    "yield2": "2,38",
    "bond": "0,12",
}
FRIDAY = {
    "day": "Freitag",
    "rise": "1,35",
    "level": "15.688",
    "second": "0,92",
    "third": "27.402",
    "euro": "1,0911",
    "yield1": "2,55",
    "yield2": "2,47",
    "bond": "0,31",
}
CABLE = (
    "بعث رئيس البلاد برقية تهنئة إلى رئيس جمهورية {state} بمناسبة ذكرى استقلال بلاده. وأعرب الرئيس في"
    " البرقية عن أصدق التهاني"
    " وأطيب التمنيات لحكومة وشعب {state} بدوام التقدم والازدهار، مشيدا بما يربط البلدين من علاقات ود"
    " قديمة. كما بعث رئيس"
    " الوزراء برقية مماثلة إلى {head} عبر فيها عن تمنياته لشعب {state} بمزيد من الرخاء، ووجه الدعوة إلى"
    " {head} لزيارة البلاد."
)
NORTH = {"state": "الوادي الشمالي", "head": "سالم المرزوق"}
SOUTH = {"state": "الجزر البعيدة", "head": "كارلو بنديتي"}
STORY = (
    "At least {dead} people died when a ferry overturned off Port Selwyn early on Sunday, the harbour authority said."
    " Rescuers pulled survivors from the water through the night while families gathered on the quay and waited for"
    " news. The vessel had been carrying passengers home from a wedding when the wind turned and water poured over the"
    " stern, witnesses said. Divers were still searching the wreck for {missing} missing people, and the minister for"
    " transport promised an inquiry into how many passengers the crew had let aboard."
)


@pytest.mark.parametrize(
    ("template", "one", "other"),
    [(WEATHER, SATURDAY, TUESDAY), (COURT, SMITH, JONES), (MARKET, MONDAY, FRIDAY), (CABLE, NORTH, SOUTH)],
    ids=["weather", "court", "market", "cable"],
)
@pytest.mark.parametrize("days", [1, 9])
def test_two_bulletins_on_one_template_are_a_formula(
    template: str, one: dict[str, object], other: dict[str, object], days: int
) -> None:
    first = {"text": template.format(**one), "published": "2023-05-01", "outlet": "a"}
    second = {"text": template.format(**other), "published": f"2023-05-{1 + days:02}", "outlet": "b"}
    assert compare(first, second).verdict == "formula"


def test_the_reason_says_that_the_facts_differ() -> None:
    found = compare({"text": WEATHER.format(**SATURDAY)}, {"text": WEATHER.format(**TUESDAY)})
    assert found.reasons == ("the words are shared, but not the numbers and names in them: two forms of one template",)


@pytest.mark.parametrize("template", [(WEATHER, SATURDAY), (COURT, SMITH), (MARKET, MONDAY), (CABLE, NORTH)])
def test_the_same_bulletin_in_two_outlets_is_a_reprint(template: tuple[str, dict[str, object]]) -> None:
    text = template[0].format(**template[1])
    assert compare({"text": text}, {"text": f"{text} "}).verdict == "verbatim_reprint"


def test_a_story_whose_figures_were_brought_up_to_date_is_a_reprint() -> None:
    found = compare({"text": STORY.format(dead=4, missing=12)}, {"text": STORY.format(dead=9, missing=7)})
    assert found.verdict == "verbatim_reprint"


@pytest.mark.parametrize(
    ("old", "new"), [("1500 2300 1200", "1.500 2.300 1.200"), ("1500 2300 1200", "1,500 2,300 1,200"),
                     ("1500 2300 1200", "١٥٠٠ ٢٣٠٠ ١٢٠٠"), ("1500 2300 1200", "1500 2450 1310")],
)  # fmt: skip
def test_figures_written_in_another_way_or_brought_up_to_date_the_next_day(old: str, new: str) -> None:
    text = (
        "Das Unternehmen will an dem Standort {} Stellen streichen und {} Beschäftigte in andere Werke"
        " versetzen, wie der"
        " Betriebsrat am Dienstag mitteilte. Weitere {} Arbeitsplätze sollen bis zum Ende des Jahrzehnts wegfallen. Die"
        " Gewerkschaft kündigte Widerstand an und rief zu einer Kundgebung vor den Werkstoren auf. Der Vorstand verwies"
        " auf die schwache Nachfrage und die hohen Kosten für Energie, die das Geschäft seit Monaten belasten."
    )
    one = {"text": text.format(*old.split()), "published": "2023-11-03"}
    two = {"text": text.format(*new.split()), "published": "2023-11-04"}
    assert compare(one, two).verdict in ("verbatim_reprint", "edited_reprint")


def test_a_name_spelt_in_another_way_throughout_is_no_template() -> None:
    text = (
        "Rockets struck the centre of Kiev at dawn, the mayor of Kiev said, and trams stood still in the"
        " east. Trains to"
        " Kiev were late all morning while engineers looked for damage along the line. The council of Kiev asked people"
        " to stay in the shelters until the evening and to save water, since two pumping stations had no power."
    )
    found = compare({"text": text}, {"text": text.replace("Kiev", "Kyiv")})
    assert found.verdict in ("verbatim_reprint", "edited_reprint")


@pytest.mark.parametrize(
    ("agreeing", "differing", "swaps", "shared", "informative", "days", "expected"),
    [
        (2, 3, 0, 100, 16, 0, True),
        (3, 3, 0, 100, 16, 0, True),
        (4, 3, 0, 100, 16, 0, False),  # most facts agree
        (0, 2, 0, 50, 10, 0, False),  # two figures may be an update
        (0, 3, 0, 151, 10, 0, False),  # too much running text
        (0, 3, 0, 100, 17, 0, False),  # a story in newer figures
        (0, 3, 0, 100, 17, 3, False),
        (0, 3, 0, 100, 17, 4, True),
        (0, 0, 2, 100, 10, 1, True),
        (0, 0, 2, 100, 10, 0, False),
        (0, 0, 1, 50, 5, 1, False),
    ],
)
def test_what_makes_slots(
    agreeing: int, differing: int, swaps: int, shared: int, informative: int, days: int, expected: bool
) -> None:
    assert Facts(agreeing, differing, swaps, shared).are_slots(informative, days) is expected


def test_facts_are_numbers_and_names() -> None:
    article = prepared(
        "On Monday the ferries of Lindgren carried 120 sheep. Crews sold soup at 5pm to the men of the port."
    )
    found = marks(article)
    assert [key for key, is_one in zip(article.tokens.keys, found.are(NAME), strict=True) if is_one] == [
        "monday",
        "lindgren",
    ]
    assert [key for key, is_one in zip(article.tokens.keys, found.are(NUMBER), strict=True) if is_one] == ["120", "5pm"]


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (
            "The ferries of Lindgren waited in the harbour until the storm had passed over it and the crews left.",
            "names",
        ),
        ("Der Hafenmeister sah die Schiffe und den Sturm, die Fischer standen am Kai und die Kinder im Haus.", "nouns"),
        ("the ferries waited in the harbour until the storm had passed", "none"),
        ("انتظرت العبارات في الميناء حتى مرت العاصفة وغادر البحارة", "none"),
        ("渡し船は嵐が過ぎるまで港で待った", "none"),
    ],
)
def test_what_capitals_mark_is_told_from_the_text(text: str, style: str) -> None:
    assert capitals(prepared(text)).style == style


def test_a_list_of_names_is_seen_where_every_noun_has_a_capital() -> None:
    article = prepared(
        "Der Trainer und die Spieler sahen das Spiel am Abend in der Halle. Anna Berg, Olaf Stern, Maria"
        " Wolf, Kurt Feld."
    )
    found = names(article, capitals(article))
    assert [key for key, name in zip(article.tokens.keys, found, strict=True) if name] == [
        "anna",
        "berg",
        "olaf",
        "stern",
        "maria",
        "wolf",
        "kurt",
        "feld",
    ]
