// Many steps of a small network's training in one launch. One block holds weights, optimizer state, activations and gradients in shared
// memory; it reads what a step does from a table, and the samples of the next step while it works on this one.
//
// tiny_steps: (void* table, i32* order, i64 first, i32 steps, void* samples0, ... samples3): steps on the samples that stand at the places
// first, first + 1, ... of order (of the arrays themselves if order is null), `batch` of them each. The table holds a Header, then
// what it names; all of it is copied to the beginning of the dynamic shared memory, and whatever is called a place below is a number of
// bytes from there. Dynamic shared memory: what the maker of the table says. Grid: 1 block.
//
// A step is a list of levels, a level a list of tasks that do not depend on each other. Each task belongs to some neighbouring warps; a
// barrier ends a level. Tasks: matrix products with what follows them, sums of columns, programs of elementwise ops and ops along rows (as
// in row_program), copies, optimizers. All sums have one order, which depends on the table alone.
#include "tiny_product.cuh"
#include "tiny_program.cuh"

// ---- Optimizers ----

/** Adam's corrections of the rate for 32 updates in a row, one a lane: powers in double take long. */
struct Corrections {
    const Update* of;
    int first;
};

INLINE float adam_step(
    unsigned char* memory, const Update& u, float rate, Corrections& known, float (*first)[32], float (*second)[32]) {
    int number = *at<int>(memory, u.number);
    int warp = threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (known.of != &u || (unsigned)(number - known.first) >= 32u) {
        known = {&u, number};
        float later = (float)(number + lane);
        __syncwarp();
        first[warp][lane] = 1.0f - power_of(u.setting[3], later);
        second[warp][lane] = math_sqrt(1.0f - power_of(u.setting[4], later));
        __syncwarp();
    }
    int place = number - known.first;
    return rate * second[warp][place] / first[warp][place];
}

template <class U>
INLINE void update_weights(unsigned char* memory, const Update& u, float rate, const U& rule, int thread, int threads) {
    if (u.taken != NONE && *at<unsigned char>(memory, u.taken) == 0) {
        return;  // weights and states lie where their next values go to
    }
    const Weight* weights = at<Weight>(memory, u.weight_at);
    int begin = 0;
    int number = 0;
    ROLLED
    for (int i = thread; i < u.elements; i += threads) {
        while (i >= weights[number].end) {
            begin = weights[number++].end;
        }
        const Weight& w = weights[number];
        int place = i - begin;
        State<float> state;
        state.weight = at<float>(memory, w.weight)[place];
        state.gradient = at<float>(memory, w.gradient)[place];
        UNROLLED
        for (int k = 0; k < STATES; k++) {
            state.slot[k] = rule.uses(k) ? at<float>(memory, w.slot[k])[place] : 0;
        }
        if (w.decay != 0) {
            state.weight = state.weight - state.weight * w.decay * rate;
        }
        rule.update(state);
        at<float>(memory, w.next_weight)[place] = state.weight;
        UNROLLED
        for (int k = 0; k < STATES; k++) {
            if (rule.uses(k)) {
                at<float>(memory, w.next_slot[k])[place] = state.slot[k];
            }
        }
    }
}

// ---- Samples ----

/** Where a word of a step's samples comes from. */
struct Samples {
    const unsigned* table[TABLES];
    const Input* inputs;

    __device__ __forceinline__ const Input& of(int& word, int& number) const {
        number = 0;
        int begin = 0;
        while (word >= inputs[number].end) {
            begin = inputs[number++].end;
        }
        word -= begin;
        return inputs[number];
    }

    /** @param rows which samples the step takes */
    __device__ __forceinline__ unsigned read(int word, const int* rows) const {
        int number;
        const Input& input = of(word, number);
        int row = word / input.row_words;
        const unsigned* from = number == 0 ? table[0] : number == 1 ? table[1] : number == 2 ? table[2] : table[3];
        return from[(i64)rows[row] * input.row_words + (word - row * input.row_words)];
    }

    __device__ __forceinline__ void write(unsigned char* memory, int word, unsigned bits) const {
        int number;
        const Input& input = of(word, number);
        at<unsigned>(memory, input.at)[word] = bits;
    }
};

INLINE void move_words(const unsigned* from, unsigned* to, int words) {
    UNROLLED_BY_4
    for (int i = threadIdx.x; i < words; i += BLOCK) {
        to[i] = from[i];
    }
}

extern "C" __global__ void __launch_bounds__(256, 1) tiny_steps(
    const unsigned* table, const int* order, i64 first, int steps, const unsigned* samples0, const unsigned* samples1,
    const unsigned* samples2, const unsigned* samples3) {
    __shared__ float first_corrections[WARPS][32];
    __shared__ float second_corrections[WARPS][32];
    DYNAMIC_SHARED(unsigned char, memory);
    move_words(table, at<unsigned>(memory, 0), (int)table[0] / 4);
    __syncthreads();
    const Header& h = *at<Header>(memory, 0);
    const Move* loads = at<Move>(memory, h.load_at);
    ROLLED
    for (int i = 0; i < h.loads; i++) {
        move_words(reinterpret_cast<const unsigned*>(loads[i].address), at<unsigned>(memory, loads[i].at), loads[i].words);
    }
    Samples samples = {{samples0, samples1, samples2, samples3}, at<Input>(memory, h.input_at)};
    int* next = at<int>(memory, h.next_at);
    // A thread knows which sample its row is in a step, if there is such a step.
    int mine = threadIdx.x;
    auto taken = [&](int step) -> int {
        i64 place = first + (i64)step * h.batch + mine;
        return mine < h.batch && step < steps ? (order ? order[place] : (int)place) : 0;
    };
    auto keep = [&](int step, int row) {
        if (mine < h.batch) {
            next[(step & 1) * h.batch + mine] = row;
        }
    };
    keep(0, taken(0));
    keep(1, taken(1));
    __syncthreads();
    ROLLED
    for (int i = mine; i < h.words; i += BLOCK) {
        samples.write(memory, i, samples.read(i, next));
    }
    __syncthreads();
    Corrections known = {nullptr, 0};
    ROLLED
    for (int step = 0; step < steps; step++) {
        bool more = step + 1 < steps;
        const int* rows = next + ((step + 1) & 1) * h.batch;
        unsigned ahead[AHEAD];
        UNROLLED
        for (int k = 0; k < AHEAD; k++) {
            int word = mine + k * BLOCK;
            ahead[k] = more && word < h.words ? samples.read(word, rows) : 0;
        }
        int row = taken(step + 2);
        ROLLED
        for (int number = 0; number < h.levels; number++) {
            Level level = at<Level>(memory, h.level_at)[number];
            ROLLED
            for (int i = 0; i < level.count; i++) {
                const Task& task = at<Task>(memory, level.first)[i];
                int thread = mine - task.warp * 32;
                int threads = task.warps * 32;
                if (thread < 0 || thread >= threads) {
                    continue;
                }
                switch (task.kind) {
                case PRODUCT: product(memory, *at<Product>(memory, task.of), thread, threads); break;
                case SUMS: column_sums(memory, *at<Sums>(memory, task.of), thread, threads); break;
                case PROGRAM: run_program(memory, *at<Program>(memory, task.of), thread, threads); break;
                case COPY: {
                    const Copy& c = *at<Copy>(memory, task.of);
                    for (int k = thread; k < c.words; k += threads) {
                        at<unsigned>(memory, c.to)[k] = at<unsigned>(memory, c.from)[k];
                    }
                    break;
                }
                case UPDATE: {
                    const Update& u = *at<Update>(memory, task.of);
                    float rate = *at<float>(memory, u.rate);
                    if (u.rule == SGD) {
                        Sgd<float> sgd = {rate, u.setting[0], u.flag != 0};
                        update_weights(memory, u, rate, sgd, thread, threads);
                    } else if (u.rule == ADAM) {
                        float size = adam_step(memory, u, rate, known, first_corrections, second_corrections);
                        Adam<float> adam = {size, u.setting[0], u.setting[1], u.setting[2], u.flag != 0};
                        update_weights(memory, u, rate, adam, thread, threads);
                    } else {
                        RmsProp<float> rms_prop = {
                            rate, u.setting[0], u.setting[1], u.setting[2], u.setting[3], u.flag != 0};
                        update_weights(memory, u, rate, rms_prop, thread, threads);
                    }
                    break;
                }
                }
            }
            __syncthreads();
        }
        if (more) {
            UNROLLED
            for (int k = 0; k < AHEAD; k++) {
                int word = mine + k * BLOCK;
                if (word < h.words) {
                    samples.write(memory, word, ahead[k]);
                }
            }
            ROLLED
            for (int word = mine + AHEAD * BLOCK; word < h.words; word += BLOCK) {
                samples.write(memory, word, samples.read(word, rows));
            }
            keep(step + 2, row);
            __syncthreads();
        }
    }
    const Move* stores = at<Move>(memory, h.store_at);
    ROLLED
    for (int i = 0; i < h.stores; i++) {
        move_words(at<unsigned>(memory, stores[i].at), reinterpret_cast<unsigned*>(stores[i].address), stores[i].words);
    }
}
