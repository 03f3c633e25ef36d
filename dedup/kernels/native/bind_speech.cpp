// Sentences and quotations, per token: the compiled form of ../speech.py, which says what they are and why.
//
// Characters are classified by Python's own tables, as the twin's regular expressions do, so the GIL is held.
#include <algorithm>
#include <optional>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "texts.h"

namespace dedup {

namespace {

using Ch = Py_UCS4;

struct Span {
    size_t start, end;
};

bool is_letter(Ch c) { return Py_UNICODE_ISALNUM(c) && !Py_UNICODE_ISDECIMAL(c) && c != '_'; }

// A letter or digit of a script with spaces, Arabic apart: a mark between two of them is part of a word.
bool joins(Ch c) {
    if (c >= 0x620 && c <= 0x64A) return false;
    return Py_UNICODE_ISALNUM(c) && !((c >= 0xE00 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) || (c >= 0x3005 && c <= 0x9FFF));
}

bool any_of(Ch c, std::initializer_list<Ch> wanted) { return std::find(wanted.begin(), wanted.end(), c) != wanted.end(); }

// --- sentences

bool ends_with_space(Ch c) { return any_of(c, {'.', '!', '?', 0x2026, 0x61F, 0x6D4, 0x964, 0x589, 0x1362}); }
bool ends_at_once(Ch c) { return any_of(c, {0x3002, 0xFF01, 0xFF1F, 0xFF61}); }
bool closes_after_space(Ch c) { return any_of(c, {'"', 0x201D, 0x2019, 0xBB, 0x203A, ')', ']'}); }
bool closes_at_once(Ch c) { return any_of(c, {0x300D, 0x300F, 0x201D, 0x2019, 0xFF09}); }

// Whether a full stop stands behind one or two letters: "U.S.", "Mr."
template <typename Unit>
bool abbreviates(const Unit* text, size_t start, size_t mark) {
    const size_t from = mark - start > 3 ? mark - 3 : start;
    for (size_t letters = 1; letters <= 2 && mark - from >= letters && is_letter(text[mark - letters]); ++letters) {
        if (mark - letters == from || !is_letter(text[mark - letters - 1])) return true;
    }
    return false;
}

// Where sentences of a stretch end: behind its marks, and at its end.
template <typename Unit>
void add_ends(const Unit* text, Span span, std::vector<size_t>& ends) {
    for (size_t at = span.start; at < span.end;) {
        const Ch c = text[at];
        const size_t mark = at++;
        if (c > 'Z' && c < 0x589) continue;  // letters, nearly always
        if (ends_with_space(c)) {
            while (at < span.end && ends_with_space(text[at])) ++at;
            size_t after = at;
            while (after < span.end && closes_after_space(text[after])) ++after;
            if (after == span.end || !Py_UNICODE_ISSPACE(text[after])) continue;
            at = after;
            if (c == '.' && abbreviates(text, span.start, mark)) continue;
        } else if (ends_at_once(c)) {
            while (at < span.end && closes_at_once(text[at])) ++at;
        } else if (!(any_of(c, {0x300D, 0x300F}) && at < span.end && any_of(text[at], {0x300C, 0x300E}))) {
            continue;
        }
        ends.push_back(at);
    }
    ends.push_back(span.end);
}

template <typename Unit>
Out<int64_t> number_sentences(const Unit* text, const std::vector<Span>& spans, const In<int32_t>& starts) {
    std::vector<size_t> ends;
    for (const Span span : spans) add_ends(text, span, ends);
    std::sort(ends.begin(), ends.end());
    const size_t n = starts.size();
    std::unique_ptr<int64_t[]> numbers(new int64_t[n + 1]);
    size_t before = 0;
    int64_t number = -1;
    for (size_t i = 0; i < n; ++i) {
        size_t passed = before;
        while (passed < ends.size() && ends[passed] <= static_cast<size_t>(starts.data()[i])) ++passed;
        number += i == 0 || passed != before;
        before = passed;
        numbers[i] = number;
    }
    return to_numpy(std::move(numbers), {n});
}

// --- quotations. A mark is its character; marks of two characters get codes of their own.

constexpr Ch TWO_BACKTICKS = 0x110001, TWO_APOSTROPHES = 0x110002, OPEN_PARENTHESES = 0x110003, CLOSE_PARENTHESES = 0x110004;
constexpr Ch LAST_LATIN = 0x24F;

bool is_single(Ch mark) { return mark == 0x2018 || mark == '\''; }
bool is_weak(Ch mark) { return mark == '"' || is_single(mark); }

bool opens(Ch mark) {
    return any_of(mark, {0x201C, 0x201E, 0xAB, 0xBB, 0x2039, 0x300C, 0x300E, '"', 0x201D, TWO_BACKTICKS, 0x2018, '\'', OPEN_PARENTHESES});
}

bool closes(Ch opening, Ch mark) {
    switch (opening) {
        case 0x201C: return mark == 0x201D || mark == '"';
        case 0x201E: return mark == 0x201C || mark == 0x201D || mark == '"';
        case 0xAB: return mark == 0xBB;
        case 0xBB: return mark == 0xAB;
        case 0x2039: return mark == 0x203A;
        case 0x300C: return mark == 0x300D;
        case 0x300E: return mark == 0x300F;
        case '"': return mark == '"' || mark == 0x201D;
        case 0x201D: return mark == 0x201D || mark == 0x201C;
        case TWO_BACKTICKS: return mark == TWO_APOSTROPHES || mark == '\'';
        case 0x2018: return mark == 0x2019;
        case '\'': return mark == '\'';
        case OPEN_PARENTHESES: return mark == CLOSE_PARENTHESES;
        default: return false;
    }
}

bool may_open(Ch mark, Ch before, Ch after) {
    if (mark == 0xBB) return !joins(before) && Py_UNICODE_ISALNUM(after);
    if (is_single(mark) && !Py_UNICODE_ISALPHA(after)) return false;
    return !(any_of(mark, {'"', 0x201D, 0x2018, '\''}) && (joins(before) || Py_UNICODE_ISSPACE(after)));
}

template <typename Unit>
class Quotations {
public:
    Quotations(const Unit* text, const std::vector<Span>& spans, const In<uint8_t>& embedded) : text_(text) {
        Ch carried = 0;
        for (size_t i = 0; i < spans.size(); ++i) {
            if (embedded.data()[i]) {
                found.push_back(spans[i]);
            } else {
                carried = paragraph(spans[i], i + 1 < spans.size() ? &spans[i + 1] : nullptr, carried);
            }
        }
    }

    std::vector<Span> found;

private:
    struct Opened {
        Ch mark;
        size_t at;
    };

    // The mark of a quotation that goes on in the next paragraph, else 0.
    Ch paragraph(Span span, const Span* following, Ch carried) {
        std::optional<Opened> opened;
        size_t inner = 0;  // guillemets within guillemets that are still open
        size_t behind_last = span.end;  // behind the last ” of the paragraph
        while (behind_last > span.start && text_[behind_last - 1] != 0x201D) --behind_last;
        for (size_t at = span.start; at < span.end;) {
            const size_t here = at;
            const Ch mark = mark_at(at, span.end);
            if (!mark) continue;
            const Ch before = here > span.start ? Ch{text_[here - 1]} : ' ', after = at < span.end ? Ch{text_[at]} : ' ';
            if (carried == 0xAB && mark == 0xBB && blank(span.start, here)) {
                opened = Opened{0xAB, at};
                inner = 0;
            } else if (opened && closes(opened->mark, mark) && may_close(mark, before, after, opened->mark == 0x201C && here < behind_last)) {
                if (inner && next_guillemet(at, span.end) == 0xBB) {
                    --inner;
                    continue;
                }
                if (!is_single(opened->mark) || words(opened->at, here) >= 3) found.push_back({opened->at, here});
                opened.reset();
            } else if (opens(mark) && outranks(mark, opened) && may_open(mark, before, after)) {
                opened = Opened{mark, at};
                inner = 0;
            } else if (opened && opened->mark == 0xAB && mark == 0xAB) {
                ++inner;
            }
        }
        if (!opened || is_weak(opened->mark) || !following || !begins_with_mark(*following)) return 0;
        found.push_back({opened->at, span.end});
        return opened->mark;
    }

    // The mark at a place, which moves behind it; 0 where there is none.
    Ch mark_at(size_t& at, size_t end) const {
        const Ch c = text_[at++];
        if (c < 0x80) {
            const bool twice = at < end && text_[at] == c;
            if (c == '"') return c;
            if (c == '\'') return twice ? (++at, TWO_APOSTROPHES) : c;
            if (!twice) return 0;
            if (c == '`') return ++at, TWO_BACKTICKS;
            if (c == '(') return ++at, OPEN_PARENTHESES;
            if (c == ')') return ++at, CLOSE_PARENTHESES;
            return 0;
        }
        if (c < 0x2018) return c == 0xAB || c == 0xBB ? c : 0;
        return any_of(c, {0x201C, 0x201D, 0x201E, 0x2039, 0x203A, 0x300C, 0x300D, 0x300E, 0x300F, 0x2018, 0x2019}) ? c : 0;
    }

    Ch next_guillemet(size_t at, size_t end) const {
        while (at < end && text_[at] != 0xAB && text_[at] != 0xBB) ++at;
        return at < end ? Ch{text_[at]} : 0;
    }

    // `awaited` says that the proper mark for the quotation is still to come.
    static bool may_close(Ch mark, Ch before, Ch after, bool awaited) {
        if (mark == 0x2019 || mark == '\'') return !joins(after);
        if (mark == 0x201C) return !joins(after) && !(Py_UNICODE_ISSPACE(before) && Py_UNICODE_ISALNUM(after));
        if (mark != '"') return true;
        if (awaited) return false;
        if (Py_UNICODE_ISSPACE(before) && Py_UNICODE_ISALNUM(after)) return false;
        return !(joins(before) && joins(after) && before > LAST_LATIN && after > LAST_LATIN);
    }

    static bool outranks(Ch mark, const std::optional<Opened>& opened) {
        if (!opened || (opened->mark == 0x201C && mark == 0x201C)) return true;
        return (is_weak(opened->mark) && !is_weak(mark)) || (is_single(opened->mark) && mark == '"');
    }

    bool blank(size_t from, size_t to) const {
        return std::all_of(text_ + from, text_ + to, [](Unit c) { return Py_UNICODE_ISSPACE(c); });
    }

    size_t words(size_t from, size_t to) const {
        size_t count = 0;
        bool inside = false;
        for (size_t at = from; at < to; ++at) {
            const bool space = Py_UNICODE_ISSPACE(text_[at]);
            count += !space && !inside;
            inside = !space;
        }
        return count;
    }

    bool begins_with_mark(Span span) const {
        size_t at = span.start;
        while (at < span.end && Py_UNICODE_ISSPACE(text_[at])) ++at;
        return at < span.end && any_of(text_[at], {0x201C, 0x201E, 0xAB, 0xBB, 0x2039, 0x300C, 0x300E, '"', 0x201D});
    }

    const Unit* text_;
};

template <typename Unit>
Out<bool> mark_quoted(const Unit* text, const std::vector<Span>& spans, const In<int32_t>& starts, const In<uint8_t>& embedded) {
    const size_t n = starts.size();
    std::unique_ptr<bool[]> mask(new bool[n + 1]());
    const int32_t* const first = starts.data();
    for (const Span span : Quotations<Unit>(text, spans, embedded).found) {
        const auto place = [&](size_t at) { return std::lower_bound(first, first + n, static_cast<int32_t>(at)) - first; };
        for (auto i = place(span.start), end = place(span.end); i < end; ++i) mask[static_cast<size_t>(i)] = true;
    }
    return to_numpy(std::move(mask), {n});
}

// Sentence by sentence: sums are whole numbers, so that the comparisons are the twin's.
Out<bool> quote_units(In<int64_t> sentence, In<bool> quoted, int64_t least, double share, int64_t rest) {
    const size_t n = sentence.size();
    if (quoted.size() != n) throw nb::value_error("quoted must have a flag for each token");
    std::unique_ptr<bool[]> units(new bool[n + 1]);
    for (size_t start = 0, end = 0; start < n; start = end) {
        int64_t inside = 0;
        for (; end < n && sentence.data()[end] == sentence.data()[start]; ++end) inside += quoted.data()[end];
        const auto total = static_cast<int64_t>(end - start);
        const bool joins = inside >= least && static_cast<double>(inside) >= share * static_cast<double>(total) &&
                           total - inside <= rest;
        for (size_t i = start; i < end; ++i) units[i] = joins || quoted.data()[i];
    }
    return to_numpy(std::move(units), {n});
}

std::vector<Span> checked(const In2<int64_t>& spans, const Text& text) {
    if (spans.shape(1) != 2) throw nb::value_error("spans must have two columns");
    std::vector<Span> found;
    for (size_t i = 0; i < spans.shape(0); ++i) {
        const int64_t start = spans.data()[2 * i], end = spans.data()[2 * i + 1];
        if (start < 0 || end < start || end > static_cast<int64_t>(text.units)) throw nb::value_error("spans must lie in the text");
        found.push_back({static_cast<size_t>(start), static_cast<size_t>(end)});
    }
    return found;
}

}  // namespace

void bind_speech(nb::module_& m) {
    m.def("sentences", [](nb::str string, In2<int64_t> spans, In<int32_t> starts) {
        const Text text = Text::of(string);
        const std::vector<Span> stretches = checked(spans, text);
        return with_units(text, [&](const auto* units) { return number_sentences(units, stretches, starts); });
    }, nb::arg("text"), nb::arg("spans").noconvert(), nb::arg("starts").noconvert());
    m.def("quote_units", &quote_units, nb::arg("sentence").noconvert(), nb::arg("quoted").noconvert(), nb::arg("least"),
          nb::arg("share"), nb::arg("rest"));
    m.def("quoted", [](nb::str string, In2<int64_t> spans, In<int32_t> starts, In<uint8_t> embedded) {
        const Text text = Text::of(string);
        const std::vector<Span> stretches = checked(spans, text);
        if (embedded.size() != stretches.size()) throw nb::value_error("embedded must have a flag for each span");
        return with_units(text, [&](const auto* units) { return mark_quoted(units, stretches, starts, embedded); });
    }, nb::arg("text"), nb::arg("spans").noconvert(), nb::arg("starts").noconvert(), nb::arg("embedded").noconvert());
}

}  // namespace dedup
