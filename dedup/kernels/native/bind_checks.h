// What the bindings of many pairs check alike: arrays of sequences, sizes, pairs and their tiles.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.h"
#include "pairs.h"

namespace dedup {

using Mask = In<bool>;

// Whatever NumPy takes for true is true: a bool in memory may hold other bytes than 0 and 1.
inline const uint8_t* flags(const Mask& mask) { return reinterpret_cast<const uint8_t*>(mask.data()); }

template <typename T>
In<T> array_of(nb::handle given, const char* name, const char* type) {
    In<T> array;
    if (!nb::try_cast<In<T>>(given, array, false))
        throw std::invalid_argument(std::string(name) + " must be C-contiguous (n,) arrays of " + type);
    return array;
}

inline void check_size(size_t found, size_t wanted, const char* name, const char* unit) {
    if (found != wanted)
        throw std::invalid_argument(std::string(name) + " must have one value for each " + unit + ": " +
                                    std::to_string(wanted) + ", not " + std::to_string(found));
}

inline TextPairs pairs_of(const In2<int64_t>& pairs, size_t texts) {
    if (pairs.shape(1) != 2) throw std::invalid_argument("pairs must have two columns");
    return {pairs.data(), pairs.shape(0), texts};
}

inline PairTiles tiles_of(const TextPairs& pairs, const std::vector<int32_t>& sizes, const In2<int64_t>& rows,
                          const In<int64_t>& offsets) {
    if (rows.shape(1) != 3) throw std::invalid_argument("rows must have three columns");
    return {pairs, sizes, rows.data(), rows.shape(0), offsets.data(), offsets.size()};
}

}  // namespace dedup
