// Tiles, chains, common subsequences and ledgers for Python, one pair a call (pairs.cpp: many). Every number that
// comes in is checked here, so that what lies behind may rely on it.
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "ledger.h"
#include "sequence.h"

namespace dedup {
namespace {

// --- arrays that come in

using Given = nb::ndarray<nb::ro>;  // of any kind: it is checked by hand, so that what is wrong can be named

constexpr size_t MAX_TOKENS = std::numeric_limits<int32_t>::max();

template <typename T>
struct View {
    const T* data;
    size_t rows;
};

bool contiguous(const Given& given) {
    int64_t expected = 1;
    for (size_t at = given.ndim(); at-- > 0;) {
        if (given.shape(at) != 1 && given.stride(at) != expected) return false;
        expected *= static_cast<int64_t>(given.shape(at));
    }
    return true;
}

// An array of `columns` columns, or of one dimension where that is 0.
template <typename T>
View<T> view(const Given& given, const char* name, size_t columns = 0) {
    const bool shaped = columns ? given.ndim() == 2 && given.shape(1) == columns : given.ndim() == 1;
    const bool plain = shaped && given.dtype() == nb::dtype<T>() && given.device_type() == nb::device::cpu::value &&
                       (given.size() == 0 || contiguous(given)) &&
                       reinterpret_cast<uintptr_t>(given.data()) % alignof(T) == 0;
    if (!plain) {
        const std::string shape = columns ? "(n, " + std::to_string(columns) + ")" : "(n,)";
        throw std::invalid_argument(std::string(name) + " must be a C-contiguous array of " +
                                    (std::is_signed_v<T> ? "int64" : "uint64") + " and shape " + shape);
    }
    return {static_cast<const T*>(given.data()), given.shape(0)};
}

Tokens tokens_in(const Given& given, const char* name) {
    const auto tokens = view<uint64_t>(given, name);
    if (tokens.rows > MAX_TOKENS) throw std::invalid_argument(std::string(name) + " has too many tokens");
    return {tokens.data, static_cast<int32_t>(tokens.rows)};
}

int64_t at_least(int64_t least, int64_t number, const char* name) {
    if (number < least) throw std::invalid_argument(std::string(name) + " must be at least " + std::to_string(least));
    return number;
}

TileLimits tile_limits(int64_t minimum, int64_t max_seeds, int64_t max_runs) {
    return {at_least(1, minimum, "minimum"), at_least(0, max_seeds, "max_seeds"), at_least(0, max_runs, "max_runs")};
}

void check_sentences(const int64_t* sentence, size_t size, const char* name) {
    if (size && (sentence[0] < 0 || !std::is_sorted(sentence, sentence + size)))
        throw std::invalid_argument(std::string(name) + " must ascend from 0 or more");
}

// Appends rows of runs that lie within texts of these sizes.
void append_runs(const int64_t* row, size_t count, int64_t size_r, int64_t size_d, const char* name,
                 std::vector<Run>& out) {
    for (const int64_t* const end = row + 3 * count; row != end; row += 3) {
        const int64_t r = row[0], d = row[1], n = row[2];
        if (n < 1 || r < 0 || d < 0 || n > size_r || n > size_d || r > size_r - n || d > size_d - n)
            throw std::out_of_range(std::string(name) + " has a run that is empty or outside the texts");
        out.push_back({static_cast<int32_t>(r), static_cast<int32_t>(d), static_cast<int32_t>(n)});
    }
}

// --- arrays that go out

template <typename T>
std::unique_ptr<T[]> room(size_t size) {
    return std::unique_ptr<T[]>(new T[size]);
}

int64_t* write(const Run& run, int64_t* out) {
    out[0] = run.r, out[1] = run.d, out[2] = run.n;
    return out + 3;
}

int64_t* write(const Match& match, int64_t* out) {
    out[0] = match.r, out[1] = match.d;
    return out + 2;
}

int64_t* write(const Rewrite& found, int64_t* out) {
    out[0] = found.start_r, out[1] = found.end_r, out[2] = found.start_d, out[3] = found.end_d;
    return out + 4;
}

template <typename Row>
constexpr size_t COLUMNS = std::is_same_v<Row, Run> ? 3 : std::is_same_v<Row, Match> ? 2 : 4;

template <typename Row>
Out<int64_t> table(const std::vector<Row>& rows) {
    auto data = room<int64_t>(COLUMNS<Row> * rows.size());
    int64_t* out = data.get();
    for (const Row& row : rows) out = write(row, out);
    return to_numpy(std::move(data), {rows.size(), COLUMNS<Row>});
}

// --- the functions

nb::object tiles(const Given& reference, const Given& article, int64_t minimum, int64_t max_seeds, int64_t max_runs) {
    const Tokens r = tokens_in(reference, "reference"), d = tokens_in(article, "article");
    const TileLimits limits = tile_limits(minimum, max_seeds, max_runs);
    std::vector<Run> found;
    {
        const nb::gil_scoped_release released;
        found = Tiler().tiles(r, d, limits);
    }
    return nb::cast(table(found));
}

nb::object heaviest_chain(const Given& runs, const Given& reference) {
    const Tokens r = tokens_in(reference, "reference");
    const auto rows = view<int64_t>(runs, "runs", 3);
    if (rows.rows > MAX_TOKENS) throw std::invalid_argument("runs has too many rows");
    std::vector<Run> given, found;
    append_runs(rows.data, rows.rows, r.size, MAX_TOKENS, "runs", given);
    {
        const nb::gil_scoped_release released;
        found = Chain().heaviest(given.data(), given.size(), r.hashes);
    }
    return nb::cast(table(found));
}

nb::object common_subsequence(const Given& a, const Given& b, int64_t max_cells) {
    const Tokens one = tokens_in(a, "a"), two = tokens_in(b, "b");
    at_least(0, max_cells, "max_cells");
    std::vector<Match> found;
    {
        const nb::gil_scoped_release released;
        Subsequence().append(one, two, max_cells, found);
    }
    return nb::cast(table(found));
}

// Where a text is booked.
struct Books {
    explicit Books(size_t size_) : size(size_), labels(room<int8_t>(size_)), partner(room<int64_t>(size_)) {}

    Side side(Tokens tokens, const int64_t* sentence) { return {tokens, sentence, labels.get(), partner.get()}; }
    nb::object take_labels() { return nb::cast(to_numpy(std::move(labels), {size})); }
    nb::object take_partner() { return nb::cast(to_numpy(std::move(partner), {size})); }

    size_t size;
    std::unique_ptr<int8_t[]> labels;
    std::unique_ptr<int64_t[]> partner;
};

const int64_t* sentences(const Given& given, size_t size, const char* name) {
    const auto sentence = view<int64_t>(given, name);
    if (sentence.rows != size) throw std::invalid_argument(std::string(name) + " must have one number for each token");
    check_sentences(sentence.data, size, name);
    return sentence.data;
}

nb::tuple align(const Given& reference, const Given& article, const Given& counted, const Given& sentence_r,
                const Given& sentence_d, int64_t max_cells) {
    const Tokens r = tokens_in(reference, "reference"), d = tokens_in(article, "article");
    const auto size_r = static_cast<size_t>(r.size), size_d = static_cast<size_t>(d.size);
    const int64_t* const in_r = sentences(sentence_r, size_r, "sentence_r");
    const int64_t* const in_d = sentences(sentence_d, size_d, "sentence_d");
    const auto rows = view<int64_t>(counted, "counted", 3);
    at_least(0, max_cells, "max_cells");
    std::vector<Run> runs;
    append_runs(rows.data, rows.rows, r.size, d.size, "counted", runs);
    Books books_r(size_r), books_d(size_d);
    std::vector<Rewrite> rewrites;
    {
        const nb::gil_scoped_release released;
        const Side one = books_r.side(r, in_r), two = books_d.side(d, in_d);
        Ledger().align(one, two, runs.data(), runs.size(), max_cells, rewrites);
    }
    return nb::make_tuple(books_r.take_labels(), books_d.take_labels(), books_r.take_partner(), books_d.take_partner(),
                          table(rewrites));
}

}  // namespace

void bind_sequence(nb::module_& m) {
    m.def("tiles", &tiles, nb::arg("reference"), nb::arg("article"), nb::arg("minimum"), nb::arg("max_seeds"),
          nb::arg("max_runs"));
    m.def("heaviest_chain", &heaviest_chain, nb::arg("runs"), nb::arg("reference"));
    m.def("common_subsequence", &common_subsequence, nb::arg("a"), nb::arg("b"), nb::arg("max_cells"));
    m.def("align", &align, nb::arg("reference"), nb::arg("article"), nb::arg("counted"), nb::arg("sentence_r"),
          nb::arg("sentence_d"), nb::arg("max_cells"));
}

}  // namespace dedup
