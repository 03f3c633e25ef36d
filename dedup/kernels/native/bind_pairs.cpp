// Many pairs of texts for Python. Every number that comes in is checked here or on the way into a checked copy
// (TextPairs, PairTiles), so that what lies behind may rely on it.
#include "pairs.h"
#include "parallel.h"

#include <limits>
#include <stdexcept>
#include <string>

#include "arrays.h"
#include "bind_checks.h"
#include "bindings.h"

namespace dedup {
namespace {

void check_at_least(int64_t least, int64_t number, const char* name) {
    if (number < least) throw std::invalid_argument(std::string(name) + " must be at least " + std::to_string(least));
}

// The texts that are compared. The arrays stay Python's: their memory is held, and nobody may write to them.
class ComparedTexts {
   public:
    ComparedTexts(const nb::sequence& tokens, const nb::sequence& sentences, const nb::sequence& units) {
        const size_t count = nb::len(tokens);
        check_size(nb::len(sentences), count, "sentences", "text");
        check_size(nb::len(units), count, "units", "text");
        for (size_t at = 0; at < count; ++at) add(tokens[at], sentences[at], units[at]);
    }

    size_t size() const { return texts_.size(); }
    const std::vector<Compared>& texts() const { return texts_; }
    const std::vector<int32_t>& sizes() const { return sizes_; }

   private:
    void add(const nb::object& tokens, const nb::object& sentences, const nb::object& units) {
        const nb::object packed = tokens.attr("packed"), bounds_ = tokens.attr("bounds");
        const nb::object hashes_ = tokens.attr("hashes"), unspaced_ = tokens.attr("unspaced");
        if (!nb::isinstance<nb::bytes>(packed)) throw std::invalid_argument("packed must be bytes");
        const auto keys = nb::borrow<nb::bytes>(packed);
        const auto bounds = array_of<int32_t>(bounds_, "bounds", "int32");
        const auto hashes = array_of<uint64_t>(hashes_, "hashes", "uint64");
        const auto unspaced = array_of<bool>(unspaced_, "unspaced", "bool");
        const auto sentence = array_of<int64_t>(sentences, "sentences", "int64");
        const auto unit = array_of<bool>(units, "units", "bool");
        const size_t size = hashes.size();
        if (size > std::numeric_limits<int32_t>::max()) throw std::invalid_argument("hashes has too many tokens");
        if (bounds.size() != size + 1) throw std::invalid_argument("bounds must have one number more than hashes");
        check_size(unspaced.size(), size, "unspaced", "token");
        check_size(sentence.size(), size, "sentences", "token");
        check_size(unit.size(), size, "units", "token");
        const int32_t* const first = bounds.data();
        const bool ascend = first[0] == 0 && std::is_sorted(first, first + size + 1);
        if (!ascend || static_cast<size_t>(first[size]) != keys.size())
            throw std::invalid_argument("bounds must ascend from 0 to the size of packed");
        const int64_t* const numbers = sentence.data();
        if (size && (numbers[0] < 0 || !std::is_sorted(numbers, numbers + size)))
            throw std::invalid_argument("sentences must ascend from 0 or more");
        const auto tokens_here = static_cast<int32_t>(size);
        texts_.push_back({{hashes.data(), tokens_here}, keys.c_str(), first, flags(unspaced), numbers, flags(unit)});
        sizes_.push_back(tokens_here);
        packed_.push_back(packed);
        held_.push_back({bounds, hashes, unspaced, sentence, unit});
    }

    std::vector<Compared> texts_;
    std::vector<int32_t> sizes_;
    // Handles, not objects: an object may let go of the memory that its array lay in.
    struct Held {
        In<int32_t> bounds;
        In<uint64_t> hashes;
        Mask unspaced;
        In<int64_t> sentence;
        Mask unit;
    };
    std::vector<nb::object> packed_;
    std::vector<Held> held_;
};

template <typename T>
std::unique_ptr<T[]> room(size_t size) {
    return std::unique_ptr<T[]>(new T[size ? size : 1]);
}

nb::tuple tiles(const ComparedTexts& texts, const In2<int64_t>& pairs, int64_t minimum, int64_t max_seeds,
                int64_t max_runs, int64_t threads) {
    const TextPairs asked = pairs_of(pairs, texts.size());
    check_at_least(1, minimum, "minimum");
    check_at_least(0, max_seeds, "max_seeds");
    check_at_least(0, max_runs, "max_runs");
    const size_t in_use = threads_for(threads, asked.size(), PAIR_CHUNK);
    FoundTiles found;
    {
        const nb::gil_scoped_release released;
        found = tiles_of_pairs(texts.texts(), asked, {minimum, max_seeds, max_runs}, in_use);
    }
    return nb::make_tuple(to_numpy(std::move(found.rows), 3), to_numpy(std::move(found.offsets)));
}

Out<int64_t> sizes(const ComparedTexts& texts, const In2<int64_t>& pairs, const In2<int64_t>& rows,
                   const In<int64_t>& offsets, const Mask& rare, int64_t threads) {
    const TextPairs asked = pairs_of(pairs, texts.size());
    const PairTiles laid = tiles_of(asked, texts.sizes(), rows, offsets);
    check_size(rare.size(), laid.tokens(), "rare", "token of the tiles");
    const size_t in_use = threads_for(threads, asked.size(), PAIR_CHUNK);
    auto out = room<int64_t>(4 * laid.size());
    {
        const nb::gil_scoped_release released;
        sizes_of_tiles(texts.texts(), asked, laid, flags(rare), out.get(), in_use);
    }
    return to_numpy(std::move(out), {laid.size(), 4});
}

Out<bool> leaning(const ComparedTexts& texts, const In2<int64_t>& pairs, const In2<int64_t>& rows,
                  const In<int64_t>& offsets, const Mask& counted) {
    const TextPairs asked = pairs_of(pairs, texts.size());
    const PairTiles laid = tiles_of(asked, texts.sizes(), rows, offsets);
    check_size(counted.size(), laid.size(), "counted", "tile");
    auto out = room<bool>(laid.size());
    {
        const nb::gil_scoped_release released;
        leaning_tiles(texts.texts(), asked, laid, flags(counted), out.get());
    }
    return to_numpy(std::move(out), {laid.size()});
}

nb::tuple ledgers(const ComparedTexts& texts, const In2<int64_t>& pairs, const In2<int64_t>& rows,
                  const In<int64_t>& offsets, const Mask& counted, const Mask& asked, int64_t max_cells,
                  int64_t threads) {
    const TextPairs given = pairs_of(pairs, texts.size());
    const PairTiles laid = tiles_of(given, texts.sizes(), rows, offsets);
    check_size(counted.size(), laid.size(), "counted", "tile");
    check_size(asked.size(), laid.tokens(), "asked", "token of the tiles");
    check_at_least(0, max_cells, "max_cells");
    const size_t in_use = threads_for(threads, given.size(), PAIR_CHUNK);
    auto counts = room<int64_t>(6 * given.size());
    auto quoted = room<int64_t>(given.size());
    auto covered = room<double>(2 * given.size());
    {
        const nb::gil_scoped_release released;
        ledgers_of_pairs(texts.texts(), given, laid, flags(counted), flags(asked), max_cells,
                         {counts.get(), quoted.get(), covered.get()}, in_use);
    }
    return nb::make_tuple(to_numpy(std::move(counts), {given.size(), 6}), to_numpy(std::move(quoted), {given.size()}),
                          to_numpy(std::move(covered), {given.size(), 2}));
}

}  // namespace

void bind_pairs(nb::module_& m) {
    const auto exact = [](const char* name) { return nb::arg(name).noconvert(); };
    nb::class_<ComparedTexts>(m, "Texts")
        .def(nb::init<nb::sequence, nb::sequence, nb::sequence>(), nb::arg("tokens"), nb::arg("sentences"),
             nb::arg("units"))
        .def("tiles", &tiles, exact("pairs"), nb::arg("minimum"), nb::arg("max_seeds"), nb::arg("max_runs"),
             nb::arg("threads"))
        .def("sizes", &sizes, exact("pairs"), exact("rows"), exact("offsets"), exact("rare"), nb::arg("threads"))
        .def("leaning", &leaning, exact("pairs"), exact("rows"), exact("offsets"), exact("counted"))
        .def("ledgers", &ledgers, exact("pairs"), exact("rows"), exact("offsets"), exact("counted"), exact("asked"),
             nb::arg("max_cells"), nb::arg("threads"));
}

}  // namespace dedup
