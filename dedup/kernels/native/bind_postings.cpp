// Postings for Python. Locks are never waited for with the GIL held, so that who holds one may wait for the GIL.
#include "postings.h"

#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "arrays.h"
#include "bindings.h"

namespace dedup {
namespace {

constexpr size_t MANY = 16;  // articles of a batch that is worth letting other threads run for

// The bytes of an object of Python's, which cannot go or change its size meanwhile.
class Bytes {
   public:
    Bytes(nb::handle source, int flags) {
        if (PyObject_GetBuffer(source.ptr(), &view_, flags) != 0) throw nb::python_error();
    }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;
    ~Bytes() { PyBuffer_Release(&view_); }

    uint8_t* data() const { return static_cast<uint8_t*>(view_.buf); }
    size_t size() const { return static_cast<size_t>(view_.len); }

   private:
    Py_buffer view_;
};

// The keys of m articles, checked.
class Articles {
   public:
    Articles(const In<uint64_t>& keys, const In<int64_t>& offsets) : keys_(keys.data()), offsets_(offsets.data()) {
        uint64_t all = 0;
        for (size_t i = 0; i < keys.size(); ++i) all |= keys_[i];
        const size_t count = offsets.size();
        if (!count || offsets_[0] != 0 || static_cast<size_t>(offsets_[count - 1]) != keys.size() ||
            !std::is_sorted(offsets_, offsets_ + count))
            throw std::invalid_argument("offsets must ascend from 0 to the number of keys");
        if (all >> KEY_BITS) throw std::invalid_argument("keys must have 40 bits");
        size_ = count - 1;
    }
    Articles(const In<int64_t>& numbers, const In<uint64_t>& keys, const In<int64_t>& offsets)
        : Articles(keys, offsets) {
        if (size_ != numbers.size())
            throw std::invalid_argument("offsets must have one number more than there are articles");
    }

    size_t size() const { return size_; }
    OwnKeys operator[](size_t i) const {
        return {keys_ + offsets_[i], static_cast<size_t>(offsets_[i + 1] - offsets_[i])};
    }

   private:
    const uint64_t* keys_;
    const int64_t* offsets_;
    size_t size_;
};

// Calls each(article, tally) for every article and puts together what it counted.
template <typename Each>
nb::tuple found_by(const Articles& articles, const Each& each) {
    thread_local Tally tally;
    FoundNumbers found;
    {
        std::optional<nb::gil_scoped_release> released;
        if (articles.size() >= MANY) released.emplace();
        for (size_t i = 0; i < articles.size(); ++i) {
            each(i, tally);
            tally.finish(found);
        }
    }
    return nb::make_tuple(to_numpy(std::move(found.numbers)), to_numpy(std::move(found.shared)),
                          to_numpy(std::move(found.offsets)));
}

size_t at_least_none(int64_t cap) { return cap < 0 ? 0 : static_cast<size_t>(cap); }

class Recent {
   public:
    Recent() = default;
    explicit Recent(RecentPostings&& postings) : postings_(std::move(postings)) {}

    size_t size() {
        const auto lock = locked();
        return postings_.articles();
    }
    void add(const In<int64_t>& numbers, const In<uint64_t>& keys, const In<int64_t>& offsets) {
        const Articles articles(numbers, keys, offsets);
        const auto lock = locked();
        postings_.check_new(numbers.data(), numbers.size());
        std::optional<nb::gil_scoped_release> released;
        if (articles.size() >= MANY) released.emplace();
        for (size_t i = 0; i < articles.size(); ++i)
            postings_.add(static_cast<uint32_t>(numbers.data()[i]), articles[i]);
    }
    nb::tuple look_up(const In<uint64_t>& keys, const In<int64_t>& offsets, int64_t cap) {
        const Articles articles(keys, offsets);
        const auto lock = locked();
        return found_by(articles, [&](size_t i, Tally& tally) {
            postings_.look_up(articles[i], at_least_none(cap), tally);
        });
    }
    nb::tuple add_and_look_up(const In<int64_t>& numbers, const In<uint64_t>& keys, const In<int64_t>& offsets,
                              int64_t cap) {
        const Articles articles(numbers, keys, offsets);
        const auto lock = locked();
        postings_.check_new(numbers.data(), numbers.size());
        return found_by(articles, [&](size_t i, Tally& tally) {
            postings_.look_up(articles[i], at_least_none(cap), tally);
            postings_.add(static_cast<uint32_t>(numbers.data()[i]), articles[i]);
        });
    }
    nb::object segment(int64_t first, int64_t last) {
        const auto lock = locked();
        const Layout layout = postings_.layout_of(first, last);
        PyObject* const made = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(layout.size()));
        if (!made) throw nb::python_error();
        nb::object out = nb::steal(made);
        const nb::gil_scoped_release released;
        postings_.write(layout, reinterpret_cast<uint8_t*>(PyBytes_AS_STRING(made)));
        return out;
    }
    std::unique_ptr<Recent> without(int64_t last) {
        const auto lock = locked();
        const nb::gil_scoped_release released;
        return std::make_unique<Recent>(postings_.without(last));
    }

   private:
    std::unique_lock<std::mutex> locked() {
        std::unique_lock<std::mutex> lock(busy_, std::try_to_lock);
        if (!lock) {
            const nb::gil_scoped_release released;
            lock.lock();
        }
        return lock;
    }

    RecentPostings postings_;
    std::mutex busy_;
};

class Segment {
   public:
    explicit Segment(nb::handle buffer) : bytes_(buffer, PyBUF_SIMPLE), postings_(bytes_.data(), bytes_.size()) {}

    const SegmentPostings& postings() const { return postings_; }
    nb::tuple look_up(const In<uint64_t>& keys, const In<int64_t>& offsets, int64_t cap) const {
        const Articles articles(keys, offsets);
        return found_by(articles, [&](size_t i, Tally& tally) {
            postings_.look_up(articles[i], at_least_none(cap), tally);
        });
    }

   private:
    Bytes bytes_;
    SegmentPostings postings_;
};

std::vector<SegmentPostings> postings_of(const nb::tuple& segments) {
    std::vector<SegmentPostings> found;
    for (const nb::handle segment : segments) found.push_back(nb::cast<const Segment&>(segment).postings());
    return found;
}

size_t merged_size(const nb::sequence& segments) { return merged_layout(postings_of(nb::tuple(segments))).size(); }

size_t merge_segments(const nb::sequence& segments, const In2<int64_t>& expired, nb::handle out) {
    const nb::tuple kept(segments);  // alive and the same until all is read
    const std::vector<SegmentPostings> postings = postings_of(kept);
    if (expired.shape(1) != 2) throw std::invalid_argument("expired must have two columns");
    std::vector<NumberRange> ranges;
    bool ascend = true;
    for (size_t i = 0; i < expired.shape(0); ++i) {
        ranges.push_back({expired.data()[2 * i], expired.data()[2 * i + 1]});
        ascend &= ranges[i].first <= ranges[i].last && (!i || ranges[i - 1].last < ranges[i].first);
    }
    if (!ascend) throw std::invalid_argument("the expired ranges must ascend and be disjoint");
    const size_t needed = merged_layout(postings).size();
    const Bytes bytes(out, PyBUF_WRITABLE);
    if (bytes.size() < needed) throw std::invalid_argument("merging needs " + std::to_string(needed) + " bytes");
    const nb::gil_scoped_release released;
    return merge(postings, ranges, bytes.data());
}

}  // namespace

void bind_postings(nb::module_& m) {
    const auto numbers = nb::arg("numbers").noconvert(), keys = nb::arg("keys").noconvert(),
               offsets = nb::arg("offsets").noconvert();
    nb::class_<Recent>(m, "Recent")
        .def(nb::init<>())
        .def("__len__", &Recent::size)
        .def("add", &Recent::add, numbers, keys, offsets)
        .def("look_up", &Recent::look_up, keys, offsets, nb::arg("cap"))
        .def("add_and_look_up", &Recent::add_and_look_up, numbers, keys, offsets, nb::arg("cap"))
        .def("segment", &Recent::segment, nb::arg("first"), nb::arg("last"))
        .def("without", &Recent::without, nb::arg("last"));
    nb::class_<Segment>(m, "Segment")
        .def(nb::init<nb::handle>(), nb::arg("buffer"))
        .def_prop_ro("first", [](const Segment& segment) { return segment.postings().layout().first; })
        .def_prop_ro("last", [](const Segment& segment) { return segment.postings().layout().last; })
        .def_prop_ro("postings", [](const Segment& segment) { return segment.postings().layout().postings; })
        .def("look_up", &Segment::look_up, keys, offsets, nb::arg("cap"));
    m.def("merged_size", &merged_size, nb::arg("segments"));
    m.def("merge", &merge_segments, nb::arg("segments"), nb::arg("expired").noconvert(), nb::arg("out"));
}

}  // namespace dedup
