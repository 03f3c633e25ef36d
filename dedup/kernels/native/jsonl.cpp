// Chunks -> lines -> rows of a batch. What is in a line is read by the code per instruction set.
#include "jsonl.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include "isa.h"

namespace dedup {
namespace {

constexpr size_t KEPT = size_t{16} << 20;  // a buffer that one long line made larger is given back

// Python's bytes.isspace.
bool is_blank(const uint8_t* line, size_t size) {
    return std::all_of(line, line + size, [](uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

}  // namespace

uint8_t* ByteBuffer::room(size_t more) {
    if (capacity_ - size_ < more) {
        const size_t wanted = std::max(size_ + more, capacity_ + capacity_ / 2);
        void* grown = std::realloc(data_.get(), wanted);
        if (!grown) throw std::bad_alloc();
        (void)data_.release();
        data_.reset(static_cast<uint8_t*>(grown));
        capacity_ = wanted;
    }
    return data_.get() + size_;
}

void ByteBuffer::clear() {
    size_ = 0;
    if (capacity_ > KEPT) {
        data_.reset();
        capacity_ = 0;
    }
}

void JsonlBatch::clear() {
    for (JsonlColumn& column : columns) {
        column.data.clear();
        column.offsets.assign(1, 0);
    }
    for (auto* bytes : {&kinds, &states, &head}) bytes->clear();
    for (auto* numbers : {&lines, &starts, &lengths}) numbers->clear();
}

JsonlReader::JsonlReader(std::vector<std::string> fields, size_t max_line_bytes)
    : names_(std::move(fields)), max_line_bytes_(max_line_bytes) {
    for (size_t i = 0; i < names_.size(); ++i)
        if (std::find(names_.begin(), names_.begin() + i, names_[i]) != names_.begin() + i)
            throw std::invalid_argument("a field is named twice");
    for (const std::string& name : names_)
        slots_.push_back({reinterpret_cast<const uint8_t*>(name.data()), name.size(), nullptr, 0, ABSENT});
}

void JsonlReader::feed(JsonlBatch& batch, const uint8_t* data, size_t size, bool final) {
    if (ended_) throw std::invalid_argument("the stream has ended");
    ended_ = final;
    batch.clear();
    batch.data_start = position_ + static_cast<int64_t>(held_size_);
    const uint8_t* const limit = data + size;
    const auto after_newline = [limit](const uint8_t* from) -> const uint8_t* {
        const void* found = from == limit ? nullptr : std::memchr(from, '\n', limit - from);
        return found ? static_cast<const uint8_t*>(found) + 1 : nullptr;
    };
    const uint8_t* next = after_newline(data);
    if (held_size_) {
        const uint8_t* const begin = data;
        data = next ? next : limit;
        hold(begin, data - begin);
        if (next || final) end_held(batch);
        next = after_newline(data);
    }
    for (; next; next = after_newline(data)) {
        end_line(batch, data, next - data, limit);
        data = next;
    }
    if (final && data != limit)
        end_line(batch, data, limit - data, limit);
    else
        hold(data, limit - data);
}

void JsonlReader::hold(const uint8_t* data, size_t size) {
    held_size_ += size;
    if (held_size_ > max_line_bytes_)
        held_.clear();
    else
        held_.insert(held_.end(), data, data + size);
}

void JsonlReader::end_held(JsonlBatch& batch) {
    batch.head.swap(held_);
    end_line(batch, batch.head.data(), held_size_, batch.head.data() + batch.head.size());
    held_.clear();
    if (held_.capacity() > KEPT) held_.shrink_to_fit();
    held_size_ = 0;
}

void JsonlReader::end_line(JsonlBatch& batch, const uint8_t* line, size_t size, const uint8_t* limit) {
    ++lines_;
    if (size > max_line_bytes_)
        add_row(batch, size, TOO_LONG);
    else if (*line > ' ' || !is_blank(line, size))
        add_row(batch, size, parse(batch, line, size, limit) ? RECORD : ODD);
    position_ += static_cast<int64_t>(size);
}

bool JsonlReader::parse(JsonlBatch& batch, const uint8_t* line, size_t size, const uint8_t* limit) {
    for (size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].data = batch.columns[i].data.room(size + JSONL_SLACK);
        slots_[i].size = 0;
        slots_[i].kind = ABSENT;
    }
    const bool whole = line[size - 1] == '\n';
    return active_isa().parse_jsonl({line, line + size - whole, limit}, slots_.data(), slots_.size(),
                                    key_.room(size + JSONL_SLACK));
}

void JsonlReader::add_row(JsonlBatch& batch, size_t size, uint8_t state) {
    batch.states.push_back(state);
    batch.lines.push_back(lines_);
    batch.starts.push_back(position_);
    batch.lengths.push_back(static_cast<int64_t>(size));
    for (size_t i = 0; i < slots_.size(); ++i) {
        JsonlColumn& column = batch.columns[i];
        if (state == RECORD) column.data.add(slots_[i].size);
        batch.kinds.push_back(state == RECORD ? slots_[i].kind : static_cast<uint8_t>(ABSENT));
        column.offsets.push_back(static_cast<int64_t>(column.data.size()));
    }
}

}  // namespace dedup
