// Buffers that a thread uses again for one text after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace dedup {

// An array that grows and is never cleared; what it held is kept when it grows.
template <typename T>
class Buffer {
public:
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    T& operator[](size_t i) { return data_[i]; }
    size_t capacity() const { return capacity_; }

    void reserve(size_t n) {
        if (n <= capacity_) return;
        const size_t larger = std::max(n, capacity_ + capacity_ / 2);
        std::unique_ptr<T[]> grown(new T[larger]);
        if (capacity_) std::memcpy(grown.get(), data_.get(), capacity_ * sizeof(T));
        data_ = std::move(grown);
        capacity_ = larger;
    }

    void release_over(size_t n) {
        if (capacity_ <= n) return;
        data_.reset();
        capacity_ = 0;
    }

private:
    std::unique_ptr<T[]> data_;
    size_t capacity_ = 0;
};

// Readable bytes before and behind a folded text: tokens are loaded in vectors that reach beyond them.
constexpr size_t PAD = 64;

// One text while it is worked on. The folded text starts at folded[PAD]: tokens and single bytes ' ' around them.
struct Scratch {
    Buffer<uint8_t> encoded;   // UTF-8 of a Python string
    Buffer<uint8_t> folded;
    Buffer<uint32_t> origins;  // of each folded byte, the place in the text (in code points) that it came from
    size_t folded_bytes = 0;
    Buffer<uint32_t> starts, ends, longer;  // of tokens, in folded bytes; which tokens have over 8 bytes
    Buffer<uint64_t> hashes;                // of tokens
    Buffer<uint64_t> shingles;

    // Gives back what one very long text took.
    void trim() {
        constexpr size_t KEPT = size_t{1} << 20;
        encoded.release_over(KEPT);
        folded.release_over(KEPT);
        origins.release_over(KEPT);
        starts.release_over(KEPT);
        ends.release_over(KEPT);
        longer.release_over(KEPT);
        hashes.release_over(KEPT);
        shingles.release_over(KEPT);
    }

    const uint8_t* key(size_t token) const { return folded.data() + PAD + starts.data()[token]; }
};

}  // namespace dedup
