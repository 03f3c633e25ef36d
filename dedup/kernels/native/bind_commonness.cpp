// Commonness for Python. Every number that comes in is checked here or on the way into a checked copy (TextPairs,
// PairTiles), so that what lies behind may rely on it.
#include "commonness.h"

#include <limits>
#include <stdexcept>
#include <string>

#include "arrays.h"
#include "bind_checks.h"
#include "bindings.h"

namespace dedup {
namespace {

// The uint64 arrays of a sequence, kept alive.
struct Arrays {
    Arrays(const nb::sequence& given, const char* name) {
        const size_t count = nb::len(given);
        for (size_t at = 0; at < count; ++at) {
            const nb::object one = given[at];
            const auto array = array_of<uint64_t>(one, name, "uint64");
            if (array.size() > std::numeric_limits<int32_t>::max())
                throw std::invalid_argument(std::string(name) + " has an array that is too long");
            own.push_back({array.data(), array.size()});
            kept.push_back(array);
        }
    }

    std::vector<int32_t> sizes() const {
        std::vector<int32_t> found;
        for (const Stretch<uint64_t>& one : own) found.push_back(static_cast<int32_t>(one.size));
        return found;
    }

    std::vector<In<uint64_t>> kept;  // handles: an object may let go of the memory that its array lay in
    std::vector<Stretch<uint64_t>> own;
};

constexpr size_t MAX_BUILD_THREADS = 4;  // the index is built in as many shards

void construct(CorpusCommonness* place, const nb::sequence& hashes, const nb::sequence& fingerprints,
               const In<int64_t>& days, int64_t threads) {
    const Arrays tokens(hashes, "hashes"), prints(fingerprints, "fingerprints");
    check_size(prints.own.size(), tokens.own.size(), "fingerprints", "article");
    check_size(days.size(), tokens.own.size(), "days", "article");
    const size_t in_use = std::min(threads_for(threads, MAX_BUILD_THREADS, 1), MAX_BUILD_THREADS);
    std::vector<int64_t> own_days(days.data(), days.data() + days.size());
    const nb::gil_scoped_release released;
    new (place) CorpusCommonness(tokens.own, prints.own, std::move(own_days), in_use);
}

nb::tuple overlapping(const CorpusCommonness& corpus, const nb::sequence& fingerprints, double share, int64_t threads) {
    const Arrays prints(fingerprints, "fingerprints");
    const size_t in_use = threads_for(threads, prints.own.size(), PAIR_CHUNK);
    FoundLists found;
    {
        const nb::gil_scoped_release released;
        found = corpus.overlapping(prints.own, share, in_use);
    }
    return nb::make_tuple(to_numpy(std::move(found.values)), to_numpy(std::move(found.offsets)));
}

// The lists of related articles, one a text. A copy, so that nobody can change what was checked.
FoundLists near_lists(const In<int64_t>& values, const In<int64_t>& offsets, size_t texts, size_t articles) {
    FoundLists near{{values.data(), values.data() + values.size()}, {offsets.data(), offsets.data() + offsets.size()}};
    if (near.offsets.size() != texts + 1)
        throw std::invalid_argument("near_offsets must have one number more than there are texts");
    if (near.offsets.front() != 0 || !std::is_sorted(near.offsets.begin(), near.offsets.end()) ||
        static_cast<size_t>(near.offsets.back()) != near.values.size())
        throw std::invalid_argument("near_offsets must ascend from 0 to the number of near_values");
    for (const int64_t article : near.values) {
        if (article < 0 || static_cast<uint64_t>(article) >= articles)
            throw std::out_of_range("near_values name the article " + std::to_string(article) + ", which there is not");
    }
    return near;
}

Out<uint8_t> common(const CorpusCommonness& corpus, const nb::sequence& hashes, const In2<int64_t>& pairs,
                 const In2<int64_t>& rows, const In<int64_t>& offsets, const In<int64_t>& near_values,
                 const In<int64_t>& near_offsets, const In2<int64_t>& days, const Mask& days_count,
                 const In<int64_t>& needed, const In<int64_t>& many, int64_t far_days, int64_t threads) {
    const Arrays texts(hashes, "hashes");
    const TextPairs asked = pairs_of(pairs, texts.own.size());
    const PairTiles tiles = tiles_of(asked, texts.sizes(), rows, offsets);
    const FoundLists near = near_lists(near_values, near_offsets, texts.own.size(), corpus.articles());
    if (days.shape(1) != 2) throw std::invalid_argument("days must have two columns");
    check_size(days.shape(0), asked.size(), "days", "pair");
    check_size(days_count.size(), asked.size(), "days_count", "pair");
    check_size(needed.size(), asked.size(), "needed", "pair");
    check_size(many.size(), asked.size(), "many", "pair");
    const CommonQuery query{days.data(), flags(days_count),  needed.data(),      many.data(),
                            far_days,    near.values.data(), near.offsets.data()};
    const size_t in_use = threads_for(threads, asked.size(), PAIR_CHUNK);
    std::unique_ptr<uint8_t[]> out(new uint8_t[tiles.tokens() + 1]);
    {
        const nb::gil_scoped_release released;
        corpus.common(texts.own, asked, tiles, query, out.get(), in_use);
    }
    return to_numpy(std::move(out), {tiles.tokens()});
}

}  // namespace

void bind_commonness(nb::module_& m) {
    const auto exact = [](const char* name) { return nb::arg(name).noconvert(); };
    nb::class_<CorpusCommonness>(m, "Commonness")
        .def("__init__", &construct, nb::arg("hashes"), nb::arg("fingerprints"), exact("days"), nb::arg("threads") = 1)
        .def("overlapping", &overlapping, nb::arg("fingerprints"), nb::arg("share"), nb::arg("threads"))
        .def("common", &common, nb::arg("hashes"), exact("pairs"), exact("rows"), exact("offsets"),
             exact("near_values"), exact("near_offsets"), exact("days"), exact("days_count"), exact("needed"), exact("many"),
             nb::arg("far_days"), nb::arg("threads"));
}

}  // namespace dedup
