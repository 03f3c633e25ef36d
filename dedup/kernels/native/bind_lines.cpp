// The lines of a text: the compiled form of ../lines.py, which says what they are and why.
//
// Characters are classified by Python's own tables, so the GIL is held.
#include <algorithm>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "texts.h"

namespace dedup {

namespace {

using Ch = Py_UCS4;

struct Line {
    size_t start, end;
};

constexpr size_t LAST = 40, WRAP_WIDTH = 100, WRAPPED = 30, COLUMNS = 7;

bool any_of(Ch c, std::initializer_list<Ch> wanted) { return std::find(wanted.begin(), wanted.end(), c) != wanted.end(); }

bool breaks(Ch c) { return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029; }
bool is_word(Ch c) { return Py_UNICODE_ISALNUM(c) || c == '_'; }
bool is_final(Ch c) { return any_of(c, {'.', '!', '?', 0x2026, 0x3002, 0xFF01, 0xFF1F, 0x61F, 0x6D4, 0x964, 0x589}); }
bool closes(Ch c) { return any_of(c, {'"', 0x201D, 0x2019, 0xBB, 0x203A, ')', ']', 0x300D, 0x300F, 0xFF09}); }

template <typename Unit>
class Lines {
public:
    Lines(const Unit* text, size_t n) : text_(text), n_(n) {
        for (size_t at = 0; at < n; ++at) {
            if (breaks(text[at])) continue;
            const size_t start = at;
            while (at < n && !breaks(text[at])) ++at;
            if (!blank(start, at)) found.push_back({start, at});
        }
        if (hard_wrapped()) join();
    }

    std::vector<Line> found;

    Line stripped(Line line) const {
        while (Py_UNICODE_ISSPACE(text_[line.start])) ++line.start;
        while (Py_UNICODE_ISSPACE(text_[line.end - 1])) --line.end;
        return line;
    }

    // A final mark, then closing marks, then two characters at most that are of no word.
    bool ends_sentence(Line line) const {
        const size_t from = line.end - line.start > LAST ? line.end - LAST : line.start;
        for (size_t others = 0; others <= 2; ++others) {
            size_t at = line.end - others;
            while (at > from && closes(text_[at - 1])) --at;
            if (at > from && is_final(text_[at - 1])) return true;
            if (line.end - others == from || is_word(text_[line.end - others - 1])) return false;
        }
        return false;
    }

private:
    bool blank(size_t from, size_t to) const {
        return std::all_of(text_ + from, text_ + to, [](Unit c) { return Py_UNICODE_ISSPACE(c); });
    }

    bool gap(size_t end, size_t start) const {
        const auto is_newline = [](Unit c) { return c == '\n'; };
        return std::count_if(text_ + end, text_ + start, is_newline) > 1 || blank(start, std::min(start + 3, n_));
    }

    bool hard_wrapped() const {
        const auto is_long = [](Line line) { return line.end - line.start > WRAP_WIDTH; };
        if (found.size() < 4 || std::any_of(found.begin(), found.end(), is_long)) return false;
        size_t followed = 0, broken = 0;
        for (size_t i = 0; i + 1 < found.size(); ++i) {
            if (gap(found[i].end, found[i + 1].start)) continue;
            ++followed;
            broken += found[i].end - found[i].start >= WRAPPED && !ends_sentence(found[i]);
        }
        return followed >= 3 && static_cast<double>(broken) >= 0.6 * static_cast<double>(followed);
    }

    void join() {
        size_t last = 0;
        for (size_t i = 1; i < found.size(); ++i) {
            if (gap(found[last].end, found[i].start)) {
                found[++last] = found[i];
            } else {
                found[last].end = found[i].end;
            }
        }
        found.resize(last + 1);
    }

    const Unit* text_;
    size_t n_;
};

template <typename Unit>
Out<int64_t> rows_of(const Unit* text, size_t n, const In<int32_t>& starts, const In<int32_t>& bounds) {
    const Lines<Unit> lines(text, n);
    std::vector<int64_t> rows;
    rows.reserve(COLUMNS * lines.found.size());
    const int32_t* token = starts.data();
    for (const Line line : lines.found) {
        token = std::lower_bound(token, starts.data() + starts.size(), static_cast<int64_t>(line.end));
        const auto before = static_cast<size_t>(token - starts.data());
        const Line inner = lines.stripped(line);
        for (const size_t value : {line.start, line.end, inner.start, inner.end, before}) rows.push_back(static_cast<int64_t>(value));
        rows.push_back(bounds.data()[before]);
        rows.push_back(lines.ends_sentence(inner));
    }
    return to_numpy(std::move(rows), COLUMNS);
}

}  // namespace

void bind_lines(nb::module_& m) {
    m.def("line_rows", [](nb::str string, In<int32_t> starts, In<int32_t> bounds) {
        if (bounds.size() != starts.size() + 1) throw nb::value_error("bounds must have one more than starts");
        const Text text = Text::of(string);
        return with_units(text, [&](const auto* units) { return rows_of(units, text.units, starts, bounds); });
    }, nb::arg("text"), nb::arg("starts").noconvert(), nb::arg("bounds").noconvert());
}

}  // namespace dedup
