// Between NumPy and C++: arrays in without a copy, arrays out that own their memory.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

namespace dedup {

namespace nb = nanobind;

template <typename T>
using In = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using In2 = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Out = nb::ndarray<nb::numpy, T>;

// The array takes the memory over.
template <typename T>
Out<T> to_numpy(std::unique_ptr<T[]> data, std::initializer_list<size_t> shape) {
    T* const raw = data.release();
    const nb::capsule owner(raw, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return Out<T>(raw, shape, owner);
}

template <typename T>
Out<T> copied(const T* data, size_t n) {
    std::unique_ptr<T[]> copy(new T[n ? n : 1]);
    std::copy_n(data, n, copy.get());
    return to_numpy(std::move(copy), {n});
}

// The vector lives on behind the array; `columns` > 0 makes it two-dimensional.
template <typename T>
Out<T> to_numpy(std::vector<T>&& values, size_t columns = 0) {
    auto* const kept = new std::vector<T>(std::move(values));
    const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    if (columns) return Out<T>(kept->data(), {kept->size() / columns, columns}, owner);
    return Out<T>(kept->data(), {kept->size()}, owner);
}

}  // namespace dedup
