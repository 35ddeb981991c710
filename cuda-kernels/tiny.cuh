// What the table of tiny_steps is made of. Places are numbers of bytes from the beginning of the table. dev.lamina.backend.cuda.TinyTable writes it.
#pragma once
#include "optimizer.cuh"

constexpr int TABLES = 4;
constexpr int AHEAD = 8;   // words of the next samples that a thread holds
constexpr int NONE = -1;   // the place of what is not there

struct Header {
    int bytes;   // of the whole table, a multiple of 4
    int levels, level_at;
    int inputs, input_at;
    int loads, load_at;
    int stores, store_at;
    int batch;
    int words;   // of the samples of a step
    int next_at; // memory for twice a step's part of the order
};

/** An input: rows of 32-bit words. Those of all inputs are numbered, the last of this one is end - 1. */
struct Input {
    int at;
    int row_words;
    int end;
    int zero;
};

/** What is copied from device memory before the first step, or to it after the last. */
struct Move {
    u64 address;
    int at;
    int words;
};

struct Level {
    int first;  // the place of its first task
    int count;
};

enum Kind { PRODUCT, SUMS, PROGRAM, COPY, UPDATE };

struct Task {
    int kind;
    int warp;
    int warps;
    int of;  // the place of what the kind needs
};

/** y[r][c] = sum over i of a[r * a_row + i * a_term] b[i * b_term + c * b_column], then what follows. */
struct Product {
    int a, b, y;
    int bias;     // NONE, or a number a column that is added
    int saved;    // NONE, or numbers of y's shape; where they are not more than 0, y is 0
    int relu;     // 1: max(0, y)
    int rows, columns, terms;
    int a_row, a_term, b_term, b_column;
    int strands;  // threads that share a tile, a power of two up to 32
};

/** y[c] = sum over r of x[r][c]. */
struct Sums {
    int x, y, rows, columns;
};

/** A program as row_program's, or elementwise_chain's with one element a row. Spread, constants and code as in Chain. */
struct Program {
    int rows, columns;
    int team;   // threads that share a row, a power of two up to 32
    int width;  // elements of a thread
    int instructions;
    int input_at, output_at, spread_at, constant_at, code_at;
};

struct Copy {
    int from, to, words;
};

enum Rule { SGD, ADAM, RMS_PROP };

struct Update {
    int rule;
    int weights, weight_at;
    int elements;  // of all weights
    int taken;     // NONE, or a bool
    int rate;
    int number;    // of the update, counted from 1; adam's
    int flag;      // sgd: nesterov, adam: amsgrad, rms_prop: centered
    // sgd: momentum; adam: 1 - beta1, 1 - beta2, epsilon, beta1, beta2; rms_prop: rho, 1 - rho, momentum, epsilon
    float setting[5];
};

struct Weight {
    int weight, gradient, slot[STATES], next_weight, next_slot[STATES];
    int end;  // where its elements end, counted over all weights
    float decay;
};

template <class T> INLINE T* at(unsigned char* memory, int place) { return reinterpret_cast<T*>(memory + place); }
