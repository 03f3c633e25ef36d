"""Quotation marks as languages use them, and as pages really type them: a sentence each, and what is quoted in it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dedup.kernels import compiled, speech
from dedup.tokens import tokens, within

NB, NNB = "\u00a0", "\u202f"
QUOTED = [  # language, text, the quoted words as they stand there
    ("en", "“The pier is safe,” the engineer said.", "The pier is safe"),
    ("en", "'The pier is quite safe,' the engineer said.", "The pier is quite safe"),
    ("en", "‘We can’t wait for it,’ the engineer’s wife said.", "We can’t wait for it"),
    ("en", "The mayor called it “a ‘once in a lifetime’ chance” for the town.", "a once in a lifetime chance"),
    ("en", "‘They told me “no, never” to my face,’ she said.", "no never"),  # the stronger mark overrides
    ("en", '"They were \'late, as ever\'," she said, "and wet."', "They were late as ever and wet"),
    ("en", "“It is 6'2\" high,” he said of the gate.", "It is 6'2 high"),
    ("en", "“The ’90s are over,” said the singer.", "The 90s are over"),
    ("en", "“We leave.\n“We come back,” she said.", "We leave We come back"),
    ("en", "“We leave.\n“We come back.\n“We stay,” she said. “Yes.”", "We leave We come back We stay Yes"),
    ("en", "“Rain”—and nothing else—“for a week,” it said.", "Rain for a week"),
    ("en", 'He said:"Nothing moves."', "Nothing moves"),
    ("en", "The “[old] bridge” will go, she said (“soon”).", "old bridge soon"),
    ("de", "„Der Damm hält“, sagte der Ingenieur.", "Der Damm hält"),
    ("de", "»Der Damm hält«, sagte der Ingenieur.", "Der Damm hält"),
    ("de", "„Er sagte mir ‚nie wieder‘, und ging“, erzählte sie.", "Er sagte mir nie wieder und ging"),
    ("de", "»Er sagte ›nie wieder‹ zu mir«, erzählte sie.", "Er sagte nie wieder zu mir"),
    ("de", 'Der Pegel sinke "langsam, aber stetig", hieß es.', "langsam aber stetig"),
    ("de", "Der Pegel sinke „langsam“, „aber stetig“.", "langsam aber stetig"),
    ("de", "Der Damm hält, sagte sie: „Alles gut.“ Danach ging sie.", "Alles gut"),
    ("de", 'Die Rede vom „grünen Tisch" sei falsch, hieß es.', "grünen Tisch"),
    ("fr", f"«{NB}La digue tient{NB}», a dit l'ingénieur.", "La digue tient"),
    ("fr", f"«{NNB}La digue tient{NNB}», a dit l’ingénieur.", "La digue tient"),
    ("fr", "« La digue tient », a dit l'ingénieur d'État.", "La digue tient"),
    ("fr", "« Il m'a dit “jamais” deux fois », raconte-t-elle.", "Il m'a dit jamais deux fois"),
    ("fr", "« Il a crié « au feu » », raconte-t-elle.", "Il a crié au feu"),
    ("fr", "“L'eau monte”, dit-on à l'hôtel de ville.", "L'eau monte"),
    ("fr", "\"L'eau monte\", dit-on à l'hôtel de ville.", "L'eau monte"),
    ("fr", "Le maire parle de « crise », pas de « panique ».", "crise panique"),
    ("es", "«El dique aguanta», dijo la ingeniera.", "El dique aguanta"),
    ("es", "“El dique aguanta”, dijo la ingeniera.", "El dique aguanta"),
    ("es", "«Me gritó “nunca más” dos veces», cuenta.", "Me gritó nunca más dos veces"),
    ("es", "«Nos vamos.\n»Pero volvemos», dijo.", "Nos vamos Pero volvemos"),
    ("es", '"¿Quién paga?", preguntó la alcaldesa.', "Quién paga"),
    ("it", "«La diga tiene», ha detto l'ingegnere.", "La diga tiene"),
    ("it", "“La diga tiene”, ha detto l'ingegnere.", "La diga tiene"),
    ("it", "\"L'acqua sale\", dice l'assessore.", "L'acqua sale"),
    ("it", "«Mi ha detto “mai più” due volte», racconta.", "Mi ha detto mai più due volte"),
    ("pt", "“O dique aguenta”, disse a engenheira.", "O dique aguenta"),
    ("pt", "«O dique aguenta», disse a engenheira.", "O dique aguenta"),
    ("pt", '"A água sobe", afirmou o prefeito.', "A água sobe"),
    ("ru", "«Плотина держится», — сказала инженер.", "Плотина держится"),
    ("ru", "«Газета „Маяк“ ошиблась», — сказала инженер.", "Газета Маяк ошиблась"),
    ("ru", "«Завод «Маяк» закрыт», — сказала она.", "Завод Маяк закрыт"),
    ("ru", "По её словам, это „чистая правда“.", "чистая правда"),
    ("ru", 'Компания "Маяк" назвала это "ошибкой".', "Маяк ошибкой"),
    ("ru", "«Завод «Маяк» и газета «Волна» закрыты», — сказала она.", "Завод Маяк Волна"),  # it cannot be told
    ("ru", "Закрыт ООО «Завод «Маяк», а не «Волна».", "Завод Маяк Волна"),
    ("uk", "“Гребля тримається”, – сказала інженерка.", "Гребля тримається"),
    ("ar", 'وقالت المهندسة "السد متين" أمس', "السد متين"),
    ("ar", "وقالت المهندسة «السد متين» أمس", "السد متين"),
    ("ar", "وقالت المهندسة “السد متين” أمس", "السد متين"),
    ("ar", "وقالت المهندسة ”السد متين“ أمس", "السد متين"),
    ("ar", "وقالت المهندسة ”السد متين” أمس", "السد متين"),
    ("ar", "وقالت المهندسة ((السد متين)) أمس", "السد متين"),
    ("ar", "وقالت المهندسة: (( السد متين )) أمس", "السد متين"),
    ("ar", "وقالت المهندسة »السد متين« أمس", "السد متين"),
    ("ar", 'وصفه بـ"الخطير" ثم بـ«المتين»', "الخطير المتين"),
    ("ar", 'جريدة "الميناء" و"البحر" معا', "الميناء البحر"),
    ("ar", "جريدة ”الميناء“ و”البحر“ معا", "الميناء البحر"),
    ("he", 'המהנדסת אמרה: "הסכר יציב" אתמול', "הסכר יציב"),
    ("zh", "工程师说：“大坝很牢固。”", "大 坝 很 牢 固"),
    ("zh", "工程師說：「大壩很牢固。」", "大 壩 很 牢 固"),
    ("zh", "他说：“她喊了‘快跑’两次。”", "她 喊 了 快 跑 两 次"),
    ("zh", "他說：「她喊了『快跑』兩次。」", "她 喊 了 快 跑 兩 次"),
    ("zh", '工程师说："大坝很牢固。"', "大 坝 很 牢 固"),
    ("zh", "“水涨了。”他说，“快走。”", "水 涨 了 快 走"),
    ("ja", "技師は「ダムは安全だ」と話した。", "ダ ム は 安 全 だ"),
    ("ja", "「彼は『逃げろ』と叫んだ」と話した。", "彼 は 逃 げ ろ と 叫 ん だ"),
    ("ja", "技師は“安全”だと話した。", "安 全"),
    ("ko", "기사는 “댐은 안전하다”고 말했다.", "댐은 안전하다"),
    ("sv", "”Dammen håller”, sade ingenjören.", "Dammen håller"),
    ("nl", "‘De dijk houdt het vast’, zei de ingenieur.", "De dijk houdt het vast"),
    ("pl", "„Tama wytrzyma” – powiedziała inżynier.", "Tama wytrzyma"),
    ("tr", "“Baraj sağlam” dedi mühendis.", "Baraj sağlam"),
    ("hi", "इंजीनियर ने कहा, “बांध सुरक्षित है”।", "बांध सुरक्षित है"),
]
NOTHING = [  # language, text without any quotation
    ("en", "The dogs' owner and the cats' owner met at the boys' school."),
    ("en", "The dogs’ owner and the cats’ owner met at the boys’ school."),
    ("en", "Rock 'n' roll was big in the '60s and the '70s, they say."),
    ("en", "Rock ’n’ roll was big in the ’60s and the ’70s, they say."),
    ("en", "A 12\" pipe, a 6' ladder and a 5'11\" plumber."),
    ("en", "A 12” pipe and a 6’ ladder."),
    ("en", "It lies at 51°30'26\" north and 0°7'39\" west."),
    ("en", "He said “nothing was signed and left."),
    ("en", 'He said "nothing was signed and left.'),
    ("en", "He said “nothing was signed.\nThe council met on Monday."),
    ("en", "Nothing was signed” he said."),
    ("en", "The f(g(x)) of the sum ((a+b is not closed."),
    ("fr", "L'homme qu'on n'a pas vu aujourd'hui n'est pas d'ici."),
    ("fr", "L’homme qu’on n’a pas vu aujourd’hui n’est pas d’ici."),
    ("it", "L'acqua c'è, ma all'alba l'aria dell'isola non c'è più."),
    ("fr", "Lire aussi » La digue tient"),
    ("de", "Hans' Boot und Klaus' Kahn liegen im Hafen."),
    ("de", "Das Boot ist 12\" breit und der Kahn 20\" lang"),
    ("he", "צה\"ל ומנכ\"ל החברה נפגשו עם רמטכ\"ל אחר"),
    ("he", "צה״ל ומנכ״ל החברה נפגשו עם רמטכ״ל אחר"),
    ("uk", "Прем'єр і сім'я приїхали на п'ятий об'єкт."),
    ("ar", "انظر أيضا » السد متين"),
    ("zh", "大坝高30'，宽20\"。"),
    ("ja", "ダムは高さ30'、幅20\"である。"),
]  # fmt: skip


def quoted_words(text: str) -> str:
    """The quoted tokens as they stand in the text; both kernels must find the same."""
    spans = [found.span() for found in re.finditer(r"[^\n]+", text)]
    rows, found = np.array(spans, np.int64).reshape(-1, 2), within(tokens(text), spans)
    none = np.zeros(len(spans), np.uint8)
    mask = speech.quoted(text, rows, found.starts, none)
    assert compiled.quoted(text, rows, found.starts, none).tolist() == mask.tolist()
    places = zip(found.starts[mask].tolist(), found.ends[mask].tolist(), strict=True)
    return " ".join(text[start:end] for start, end in places)


@pytest.mark.parametrize(("language", "text", "words"), QUOTED)
def test_what_is_quoted(language: str, text: str, words: str) -> None:
    assert quoted_words(text) == words


@pytest.mark.parametrize(("language", "text"), NOTHING)
def test_what_is_no_quotation(language: str, text: str) -> None:
    assert quoted_words(text) == ""
