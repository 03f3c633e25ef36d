// Work on the numbers 0 to n - 1 by several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace dedup {

// How many threads to use for so many tasks where `asked` are wanted: no more than there are chunks, and no absurd
// number. Throws std::invalid_argument for none.
inline size_t threads_for(int64_t asked, size_t tasks, size_t chunk) {
    constexpr size_t MOST = 256;
    if (asked < 1) throw std::invalid_argument("threads must be at least 1");
    return std::max<size_t>(1, std::min({static_cast<size_t>(asked), MOST, (tasks + chunk - 1) / chunk}));
}

// Calls work(thread, begin, end) for pieces of `chunk` numbers, each taken by whichever thread is free; the first
// exception ends the work and is thrown again. What work writes must not depend on which thread does what.
template <typename Work>
void in_parallel(size_t threads, size_t n, size_t chunk, const Work& work) {
    threads = std::max<size_t>(1, std::min(threads, (n + chunk - 1) / chunk));
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::mutex guard;
    const auto run = [&](size_t thread) {
        try {
            for (size_t begin = next.fetch_add(chunk); begin < n; begin = next.fetch_add(chunk)) {
                work(thread, begin, std::min(n, begin + chunk));
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(guard);
            if (!failure) failure = std::current_exception();
            next.store(n);
        }
    };
    std::vector<std::thread> others;
    try {
        for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
    } catch (...) {
        // No more threads to be had: those that run do the work.
    }
    run(0);
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace dedup
