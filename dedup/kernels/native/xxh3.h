// XXH3_64 with seed 0 and the default secret, for every length, as the `xxhash` package gives it.
// Written from the algorithm's specification (xxHash, doc/xxhash_spec.md); tests hold it against the package.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dedup {

inline uint64_t load64(const uint8_t* p) {
    uint64_t x;
    std::memcpy(&x, p, 8);
    return x;
}

inline uint32_t load32(const uint8_t* p) {
    uint32_t x;
    std::memcpy(&x, p, 4);
    return x;
}

namespace xxh3 {

constexpr uint64_t P32_1 = 0x9E3779B1, P32_2 = 0x85EBCA77, P32_3 = 0xC2B2AE3D;
constexpr uint64_t P64_1 = 0x9E3779B185EBCA87, P64_2 = 0xC2B2AE3D27D4EB4F, P64_3 = 0x165667B19E3779F9,
                   P64_4 = 0x85EBCA77C2B2AE63, P64_5 = 0x27D4EB2F165667C5;
constexpr uint64_t MIX = 0x165667919E3779F9;       // of the final avalanche
constexpr uint64_t RRMXMX = 0x9FB21C651E98DF25;    // of lengths 4 to 8

alignas(64) inline constexpr uint8_t SECRET[192] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e};

inline uint64_t secret(size_t at) { return load64(SECRET + at); }

inline uint64_t fold128(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t avalanche(uint64_t h) {
    h ^= h >> 37;
    h *= MIX;
    return h ^ (h >> 32);
}

inline uint64_t xxh64_avalanche(uint64_t h) {
    h ^= h >> 33;
    h *= P64_2;
    h ^= h >> 29;
    h *= P64_3;
    return h ^ (h >> 32);
}

inline uint64_t rotl(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

inline uint64_t to_8(const uint8_t* p, size_t n) {
    if (n > 3) {
        uint64_t h = (load32(p + n - 4) + (static_cast<uint64_t>(load32(p)) << 32)) ^ (secret(8) ^ secret(16));
        h ^= rotl(h, 49) ^ rotl(h, 24);
        h *= RRMXMX;
        h ^= (h >> 35) + n;
        h *= RRMXMX;
        return h ^ (h >> 28);
    }
    if (n == 0) return xxh64_avalanche(secret(56) ^ secret(64));
    const uint32_t joined = static_cast<uint32_t>(p[0]) << 16 | static_cast<uint32_t>(p[n >> 1]) << 24 | p[n - 1] |
                            static_cast<uint32_t>(n) << 8;
    return xxh64_avalanche(joined ^ static_cast<uint64_t>(load32(SECRET) ^ load32(SECRET + 4)));
}

inline uint64_t from_9_to_16(const uint8_t* p, size_t n) {
    const uint64_t low = load64(p) ^ (secret(24) ^ secret(32));
    const uint64_t high = load64(p + n - 8) ^ (secret(40) ^ secret(48));
    return avalanche(n + __builtin_bswap64(low) + high + fold128(low, high));
}

inline uint64_t mix16(const uint8_t* p, size_t at) {
    return fold128(load64(p) ^ secret(at), load64(p + 8) ^ secret(at + 8));
}

inline uint64_t from_17_to_128(const uint8_t* p, size_t n) {
    uint64_t sum = n * P64_1;
    for (size_t i = (n - 1) / 32 + 1; i-- > 0;) {
        sum += mix16(p + 16 * i, 32 * i);
        sum += mix16(p + n - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(sum);
}

inline uint64_t from_129_to_240(const uint8_t* p, size_t n) {
    uint64_t sum = n * P64_1;
    for (size_t i = 0; i < 8; ++i) sum += mix16(p + 16 * i, 16 * i);
    sum = avalanche(sum);
    for (size_t i = 8; i < n / 16; ++i) sum += mix16(p + 16 * i, 16 * (i - 8) + 3);
    return avalanche(sum + mix16(p + n - 16, 136 - 17));
}

inline void accumulate(uint64_t* acc, const uint8_t* p, size_t at) {
    for (size_t i = 0; i < 8; ++i) {
        const uint64_t data = load64(p + 8 * i), key = data ^ secret(at + 8 * i);
        acc[i ^ 1] += data;
        acc[i] += (key & 0xFFFFFFFF) * (key >> 32);
    }
}

inline uint64_t over_240(const uint8_t* p, size_t n) {
    constexpr size_t STRIPE = 64, BLOCK = 1024, LAST = sizeof SECRET - STRIPE;
    uint64_t acc[8] = {P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1};
    const size_t blocks = (n - 1) / BLOCK;
    for (size_t block = 0; block < blocks; ++block) {
        for (size_t i = 0; i < BLOCK / STRIPE; ++i) accumulate(acc, p + block * BLOCK + i * STRIPE, 8 * i);
        for (size_t i = 0; i < 8; ++i) acc[i] = ((acc[i] ^ (acc[i] >> 47)) ^ secret(LAST + 8 * i)) * P32_1;
    }
    const size_t stripes = (n - 1 - blocks * BLOCK) / STRIPE;
    for (size_t i = 0; i < stripes; ++i) accumulate(acc, p + blocks * BLOCK + i * STRIPE, 8 * i);
    accumulate(acc, p + n - STRIPE, LAST - 7);
    uint64_t h = n * P64_1;
    for (size_t i = 0; i < 4; ++i) h += fold128(acc[2 * i] ^ secret(11 + 16 * i), acc[2 * i + 1] ^ secret(19 + 16 * i));
    return avalanche(h);
}

}  // namespace xxh3

// Hash of the n bytes at p.
inline uint64_t xxh3_64(const uint8_t* p, size_t n) {
    if (n <= 8) return xxh3::to_8(p, n);
    if (n <= 16) return xxh3::from_9_to_16(p, n);
    if (n <= 128) return xxh3::from_17_to_128(p, n);
    if (n <= 240) return xxh3::from_129_to_240(p, n);
    return xxh3::over_240(p, n);
}

}  // namespace dedup
