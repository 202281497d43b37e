// How fast this processor trains networks of 2-H-1 on XOR: one program for one shape, written for its vectors.
//
// Full batch, Adam, cross-entropy, float32, as the other methods. LANES networks are trained together, one in each
// lane of the vectors, from the first weights to the last loss without leaving the cache. There is no setting that
// could be another, and no record before the last. exp is a polynomial with a relative error of 3.4e-6, so that tanh is
// off by up to 1.5e-6, where XLA's is off by 2.7e-7; division is rounded as IEEE asks (measured on 2 million points).
// Without the pragmas GCC keeps the inner loops, and 2-8-1 takes 15 times as long.
//
// `limit.py` compiles it.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

constexpr int LANES = 64, ROWS = 4, PARAMS = 4 * HIDDEN + 1;
constexpr float X[ROWS][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Y[ROWS] = {0, 1, 1, 0};

static inline float exponential(float x) {
    x = x < -87.f ? -87.f : (x > 87.f ? 87.f : x);
    float t = x * 1.44269504f, whole = std::nearbyintf(t), r = t - whole;
    float p = 1.33336e-3f;
    p = p * r + 9.6181e-3f;
    p = p * r + 5.55041e-2f;
    p = p * r + 2.40227e-1f;
    p = p * r + 6.93147e-1f;
    p = p * r + 1.f;
    std::int32_t bits = (static_cast<std::int32_t>(whole) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return power * p;
}

static inline float hyperbolic_tangent(float x) {
    float e = exponential(2 * x);
    return (e - 1) / (e + 1);
}

// Weights of HIDDEN neurons for the first input, then the second, their biases, the output weights, the output bias.
using Block = float[PARAMS][LANES];

static inline float output(const Block& p, int row, int lane, float* h) {
    float z = p[4 * HIDDEN][lane];
#pragma GCC unroll 16
    for (int k = 0; k < HIDDEN; k++) {
        float sum = X[row][0] * p[k][lane] + X[row][1] * p[HIDDEN + k][lane] + p[2 * HIDDEN + k][lane];
        h[k] = hyperbolic_tangent(sum);
        z += p[3 * HIDDEN + k][lane] * h[k];
    }
    return z;
}

static void draw(Block& p, std::uint32_t& state) {
    for (int i = 0; i < PARAMS; i++)
        for (int lane = 0; lane < LANES; lane++) {
            state = state * 1664525u + 1013904223u;
            // Uniform, with the variance 1 / fan-in; biases are zero.
            float fan_in = i < 2 * HIDDEN ? 2 : HIDDEN;
            float drawn = ((state >> 8) / 8388608.f - 1.f) * std::sqrt(3 / fan_in);
            bool bias = (i >= 2 * HIDDEN && i < 3 * HIDDEN) || i == 4 * HIDDEN;
            p[i][lane] = bias ? 0 : drawn;
        }
}

static void step(Block& p, Block& m, Block& v, float rate, float correction) {
    for (int lane = 0; lane < LANES; lane++) {
        float g[PARAMS] = {}, h[HIDDEN];
#pragma GCC unroll 4
        for (int row = 0; row < ROWS; row++) {
            float z = output(p, row, lane, h);
            float d = (1 / (1 + exponential(-z)) - Y[row]) / ROWS;
            g[4 * HIDDEN] += d;
#pragma GCC unroll 16
            for (int k = 0; k < HIDDEN; k++) {
                g[3 * HIDDEN + k] += d * h[k];
                float dh = d * p[3 * HIDDEN + k][lane] * (1 - h[k] * h[k]);
                g[k] += dh * X[row][0];
                g[HIDDEN + k] += dh * X[row][1];
                g[2 * HIDDEN + k] += dh;
            }
        }
#pragma GCC unroll 64
        for (int i = 0; i < PARAMS; i++) {
            m[i][lane] = 0.9f * m[i][lane] + 0.1f * g[i];
            v[i][lane] = 0.999f * v[i][lane] + 0.001f * g[i] * g[i];
            p[i][lane] -= rate * m[i][lane] / (std::sqrt(v[i][lane] * correction) + 1e-8f);
        }
    }
}

static void some(int first, int blocks, int networks, int steps, float learning_rate, float* losses) {
    for (int b = first; b < first + blocks; b++) {
        alignas(64) Block p, m = {}, v = {};
        std::uint32_t state = 1234u + b;
        draw(p, state);
        float b1 = 1, b2 = 1;
        for (int t = 0; t < steps; t++) {
            b1 *= 0.9f;
            b2 *= 0.999f;
            step(p, m, v, learning_rate / (1 - b1), 1 / (1 - b2));
        }
        for (int lane = 0; lane < LANES && b * LANES + lane < networks; lane++) {
            float total = 0, h[HIDDEN];
            for (int row = 0; row < ROWS; row++) {
                float z = output(p, row, lane, h);
                total += std::log1p(std::exp(-std::fabs(z))) + std::fmax(z, 0.f) - Y[row] * z;
            }
            losses[b * LANES + lane] = total / ROWS;
        }
    }
}

// Train `networks` networks on so many threads; `losses` [networks] are their last.
extern "C" void train(int networks, int steps, int threads, float learning_rate, float* losses) {
    int blocks = (networks + LANES - 1) / LANES, each = (blocks + threads - 1) / threads;
    std::vector<std::thread> workers;
    for (int first = 0; first < blocks; first += each)
        workers.emplace_back(some, first, std::min(each, blocks - first), networks, steps, learning_rate, losses);
    for (auto& worker : workers) worker.join();
}
