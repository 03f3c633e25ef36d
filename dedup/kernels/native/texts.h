// Texts as Python gives them: strings, or UTF-8 bytes one after the other with offsets.
#pragma once

#include <vector>

#include "arrays.h"
#include "scratch.h"

namespace dedup {

// Characters of a Python string or UTF-8 bytes, as they lie in memory.
struct Text {
    enum Form : uint8_t { UTF8, LATIN1, UCS2, UCS4 };
    const void* data = nullptr;
    size_t units = 0;
    Form form = UTF8;

    static Text of(nb::handle string);  // raises TypeError for what is no str
    // Its UTF-8: the bytes themselves, or made in scratch.encoded.
    const uint8_t* utf8(Scratch& scratch, size_t& bytes) const;
};

// What `work` gives for the characters of a string, which have one, two or four bytes.
template <typename Work>
auto with_units(const Text& text, const Work& work) {
    if (text.form == Text::UCS4) return work(static_cast<const uint32_t*>(text.data));
    if (text.form == Text::UCS2) return work(static_cast<const uint16_t*>(text.data));
    return work(static_cast<const uint8_t*>(text.data));
}

// Many texts, kept alive and unchanged while the GIL is released.
class Texts {
public:
    // A sequence of str, or a pair (data, offsets). Raises TypeError or ValueError.
    explicit Texts(nb::handle source);

    size_t size() const { return texts_.size(); }
    const Text& operator[](size_t i) const { return texts_[i]; }

private:
    void from_buffer(In<uint8_t> data, In<int64_t> offsets);

    std::vector<Text> texts_;
    std::vector<nb::object> kept_;
};

}  // namespace dedup
