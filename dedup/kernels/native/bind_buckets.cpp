// Grouping by bucket, and exact resemblance.
#include <string>

#include "arrays.h"
#include "bindings.h"
#include "buckets.h"

namespace dedup {

namespace {

Channel channel_of(nb::handle source) {
    In<uint64_t> keys;
    In<int64_t> owners;
    if (!nb::isinstance<nb::tuple>(source) || nb::len(source) != 2 || !nb::try_cast(source[0], keys, false) ||
        !nb::try_cast(source[1], owners, false)) {
        throw nb::type_error("a channel is a pair of arrays, keys of uint64 and owners of int64");
    }
    if (keys.size() != owners.size()) throw nb::value_error("a channel has as many keys as owners");
    Channel postings(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
        const int64_t owner = owners.data()[i];
        if (owner < 0 || owner > 0xFFFFFFFF) throw nb::value_error("owners must be positions below 2^32");
        if (i && owner < owners.data()[i - 1]) throw nb::value_error("owners must ascend");
        postings[i] = {keys.data()[i], static_cast<uint32_t>(owner)};
    }
    return postings;
}

nb::tuple pairs_of_buckets(nb::list sources, size_t cap, size_t hubs, int64_t threads) {
    std::vector<Channel> channels;
    for (const nb::handle source : sources) channels.push_back(channel_of(source));
    Pairs found;
    {
        const nb::gil_scoped_release released;
        found = bucket_pairs(channels, cap, hubs, threads);
    }
    return nb::make_tuple(to_numpy(std::move(found.pairs), 2), found.buckets, found.hot);
}

Out<double> resemblances_of(nb::handle source, In2<int64_t> pairs, int64_t threads) {
    const Texts texts(source);
    const size_t count = pairs.shape(0);
    if (pairs.shape(1) != 2) throw nb::value_error("pairs must have two columns");
    for (size_t i = 0; i < 2 * count; ++i) {
        const int64_t at = pairs.data()[i];
        if (at < 0 || at >= static_cast<int64_t>(texts.size())) {
            throw nb::index_error(("pairs name the text " + std::to_string(at) + ", which there is not").c_str());
        }
    }
    std::unique_ptr<double[]> out(new double[count + 1]);
    {
        const nb::gil_scoped_release released;
        resemblances(texts, pairs.data(), count, out.get(), threads);
    }
    return to_numpy(std::move(out), {count});
}

double resemblance_of(In<uint64_t> a, In<uint64_t> b) {
    const auto padded = [](const In<uint64_t>& tokens) {
        std::vector<uint64_t> copy(tokens.size() + 4);
        std::copy_n(tokens.data(), tokens.size(), copy.data());
        return copy;
    };
    std::vector<uint64_t> one = padded(a), two = padded(b);
    return resemblance(one.data(), a.size(), two.data(), b.size());
}

}  // namespace

void bind_buckets(nb::module_& m) {
    m.def("bucket_pairs", &pairs_of_buckets, nb::arg("channels"), nb::arg("cap"), nb::arg("hubs"), nb::arg("threads"));
    m.def("resemblances", &resemblances_of, nb::arg("texts"), nb::arg("pairs").noconvert(), nb::arg("threads"));
    m.def("resemblance", &resemblance_of, nb::arg("a").noconvert(), nb::arg("b").noconvert());
}

}  // namespace dedup
