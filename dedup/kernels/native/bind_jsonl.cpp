// JsonlReader and JsonlBatch as dedup/kernels/jsonl.py has them.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>
#include <utility>

#include "jsonl.h"

namespace nb = nanobind;

namespace dedup {
namespace {

template <typename T>
using View = nb::ndarray<nb::numpy, const T, nb::c_contig>;

// A batch as Python holds it: it keeps the bytes it was read from, and its arrays are views that keep it.
struct Batch {
    std::shared_ptr<const JsonlBatch> rows;
    nb::bytes data;
};

template <typename T>
View<T> view(nb::handle owner, const T* data, size_t size) {
    return View<T>(data, {size}, owner);
}

template <typename T>
View<T> view(nb::handle owner, const std::vector<T>& values) {
    return view(owner, values.data(), values.size());
}

size_t checked(int64_t at, size_t size) {
    if (at < 0 || static_cast<size_t>(at) >= size) throw nb::index_error("out of range");
    return static_cast<size_t>(at);
}

nb::bytes raw(const Batch& batch, int64_t row) {
    const JsonlBatch& rows = *batch.rows;
    const size_t at = checked(row, rows.states.size());
    if (rows.states[at] == TOO_LONG) return nb::bytes("", 0);
    const size_t size = static_cast<size_t>(rows.lengths[at]);
    const int64_t start = rows.starts[at] - rows.data_start;
    return start < 0 ? nb::bytes(rows.head.data(), size) : nb::bytes(batch.data.c_str() + start, size);
}

// The reader with two batches that take turns: one is reused as soon as Python has let go of it.
class Reader {
   public:
    Reader(const std::vector<nb::bytes>& fields, int64_t max_line_bytes)
        : reader_(names(fields), max_line_bytes < 0 ? 0 : static_cast<size_t>(max_line_bytes)) {}

    Batch feed(nb::bytes data, bool final) {
        const std::unique_lock<std::mutex> alone(busy_, std::try_to_lock);
        if (!alone) throw std::runtime_error("the reader is in use in another thread");
        std::shared_ptr<JsonlBatch> batch = free_batch();
        const auto* bytes = reinterpret_cast<const uint8_t*>(data.c_str());
        const size_t size = data.size();
        {
            const nb::gil_scoped_release released;
            reader_.feed(*batch, bytes, size, final);
        }
        return {std::move(batch), std::move(data)};
    }

    int64_t lines() const { return reader_.lines(); }

   private:
    static std::vector<std::string> names(const std::vector<nb::bytes>& fields) {
        std::vector<std::string> found;
        for (const nb::bytes& field : fields) found.emplace_back(field.c_str(), field.size());
        return found;
    }

    std::shared_ptr<JsonlBatch> free_batch() {
        for (std::shared_ptr<JsonlBatch>& batch : batches_)
            if (batch && batch.use_count() == 1) return batch;
        std::swap(batches_[0], batches_[1]);
        return batches_[0] = std::make_shared<JsonlBatch>(reader_.fields());
    }

    JsonlReader reader_;
    std::shared_ptr<JsonlBatch> batches_[2];
    std::mutex busy_;
};

void bind_batch(nb::module_& m) {
    const auto self = [](nb::handle h) -> const JsonlBatch& { return *nb::cast<const Batch&>(h).rows; };
    nb::class_<Batch>(m, "JsonlBatch")
        .def("__len__", [](const Batch& batch) { return batch.rows->states.size(); })
        .def_prop_ro("states", [self](nb::handle h) { return view(h, self(h).states); })
        .def_prop_ro("lines", [self](nb::handle h) { return view(h, self(h).lines); })
        .def_prop_ro("starts", [self](nb::handle h) { return view(h, self(h).starts); })
        .def_prop_ro("lengths", [self](nb::handle h) { return view(h, self(h).lengths); })
        .def_prop_ro("kinds", [self](nb::handle h) {
            const JsonlBatch& rows = self(h);
            return View<uint8_t>(rows.kinds.data(), {rows.states.size(), rows.columns.size()}, h);
        })
        .def("offsets", [self](nb::handle h, int64_t field) {
            const JsonlBatch& rows = self(h);
            return view(h, rows.columns[checked(field, rows.columns.size())].offsets);
        }, nb::arg("field"))
        .def("data", [self](nb::handle h, int64_t field) {
            const JsonlBatch& rows = self(h);
            const ByteBuffer& data = rows.columns[checked(field, rows.columns.size())].data;
            return view(h, data.data(), data.size());
        }, nb::arg("field"))
        .def("raw", &raw, nb::arg("row"));
}

}  // namespace

void bind_jsonl(nb::module_& m) {
    bind_batch(m);
    nb::class_<Reader>(m, "JsonlReader")
        .def(nb::init<const std::vector<nb::bytes>&, int64_t>(), nb::arg("fields"), nb::arg("max_line_bytes"))
        .def("feed", &Reader::feed, nb::arg("data"), nb::arg("final") = false)
        .def_prop_ro("lines", &Reader::lines);
}

}  // namespace dedup
