// The samples of one step, taken from arrays of all samples:  target[a][i] = table[a][order[place + i]];  then place += advance.
// Several arrays at a time, rows as bytes; where an array has values, each byte becomes the float values[byte]. Without an order (0), sample place + i.
//
// take_samples: (Taken t, i32* order, i32* place, u32* ticket, i64 samples, i64 advance). One thread: units of 16, 4 or 1 bytes in grid strides.
// The place is in memory, so that a launch in a graph goes on where the one before it ended. Whichever block ends last moves it on: it draws the
// last of the tickets, of which none is left afterwards (*ticket is 0 before and after).
#include "common.cuh"

constexpr int MOST_ARRAYS = 8;

/** What Java passes: for each array where it lies and where its samples go, the units of a sample, and the units of all samples up to it. */
struct Taken {
    const unsigned char* table[MOST_ARRAYS];
    unsigned char* target[MOST_ARRAYS];
    i64 units[MOST_ARRAYS];
    i64 end[MOST_ARRAYS];
    const float* values[MOST_ARRAYS];
    int bytes[MOST_ARRAYS];  // of a unit
    int arrays;
    int unused;
};

typedef Pack<u64, 2> Wide;

INLINE void take(const u64* table, i64 from, u64* target, i64 to) { Wide::load(table + 2 * from).store(target + 2 * to); }
template <class E> INLINE void take(const E* table, i64 from, E* target, i64 to) { target[to] = table[from]; }

template <class E> INLINE void take_as(const Taken& t, int a, i64 from, i64 to) {
    take(reinterpret_cast<const E*>(t.table[a]), from, reinterpret_cast<E*>(t.target[a]), to);
}

/** Of 4 bytes or 1. */
INLINE void take_values(const Taken& t, int a, i64 from, i64 to) {
    float* target = reinterpret_cast<float*>(t.target[a]);
    const float* values = t.values[a];
    if (t.bytes[a] != 4) {
        target[to] = values[t.table[a][from]];
        return;
    }
    unsigned bytes = reinterpret_cast<const unsigned*>(t.table[a])[from];
    Pack<float, 4> four;
    UNROLLED
    for (int k = 0; k < 4; k++) {
        four.item[k] = values[bytes >> 8 * k & 0xffu];
    }
    four.store(target + 4 * to);
}

KERNEL take_samples(Taken t, const int* order, int* place, unsigned* ticket, i64 samples, i64 advance) {
    i64 begin = *place;
    i64 total = t.end[t.arrays - 1];
    ROLLED
    for (i64 i = thread_index(); i < total; i += thread_count()) {
        int a = 0;
        ROLLED
        while (i >= t.end[a]) {
            a++;
        }
        i64 units = t.units[a];
        i64 to = a == 0 ? i : i - t.end[a - 1];
        i64 row = to <= 0xffffffffll && units <= 0xffffffffll ? (unsigned)to / (unsigned)units : to / units;
        i64 sample = order == nullptr ? begin + row : (i64)order[begin + row];
        i64 from = sample * units + (to - row * units);
        if (sample < 0 || sample >= samples) {
            continue;
        }
        if (t.values[a] != nullptr) {
            take_values(t, a, from, to);
            continue;
        }
        switch (t.bytes[a]) {
            case 16: take_as<u64>(t, a, from, to); break;
            case 4: take_as<unsigned>(t, a, from, to); break;
            default: take_as<unsigned char>(t, a, from, to);
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        if (atomicAdd(ticket, 1u) == gridDim.x - 1) {
            __threadfence();  // the others have read the place
            *ticket = 0;
            *place = (int)(begin + advance);
        }
    }
}
