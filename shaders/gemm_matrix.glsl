// gemm_matrix.glsl - Y = A B' on matrix units (VK_KHR_cooperative_matrix): the body of
// gemm_matrix_f16.comp and gemm_matrix_bf16.comp.
//
//   y[m][n] = sum over k of a[m][k] b[n][k], then + bias[n], then + the y that was there
//
// a is 32-bit and rounded to 16 bits, b is of 16 bits or rounded to them; sums are of 32
// bits. Four subgroups, two by two, each with ROWS x COLUMNS products of the device's
// shape TM x TN x TK at once; 32 steps of k at a time go through shared memory, padded by
// 16 bytes a row so that rows begin in different banks.
//
// Every element is one chain of products along k from 0, TK at a time, and rows and
// columns beyond the end are zeros: a row's result does not depend on how many rows there
// are, nor on ROWS and COLUMNS.
//
// Defines before: HALF (the type of 16 bits) and HALF_VALUE(x).

layout(local_size_x_id = 0) in; // four subgroups
layout(constant_id = 1) const uint TM = 16;
layout(constant_id = 2) const uint TN = 16;
layout(constant_id = 3) const uint TK = 16;
layout(constant_id = 4) const uint ROWS = 4;
layout(constant_id = 5) const uint COLUMNS = 4;
layout(constant_id = 6) const bool A_QUADS = true; // a's rows begin at multiples of 4
layout(constant_id = 7) const bool B_QUADS = true;
layout(constant_id = 8) const bool BIAS = false;
layout(constant_id = 9) const bool ADD = false;
layout(constant_id = 10) const uint B_TYPE = 0; // 0 f32, 1 f16, 2 bf16

#include "gemm_load.glsl"
layout(binding = 2) buffer Y { float y[]; };
layout(binding = 3) readonly buffer Bias { float bias[]; };
layout(push_constant) uniform Push { shader_gemm p; };

const uint STEPS = 32;          // of k at a time
const uint LD = STEPS + 8;      // of shared rows
const uint M = 2 * ROWS * TM;   // of a workgroup
const uint N = 2 * COLUMNS * TN;

shared HALF as[M * LD];
shared HALF bs[N * LD];
shared float out_tile[4 * TM * TN]; // a tile of each subgroup on its way out

#define MATRIX_A coopmat<HALF, gl_ScopeSubgroup, TM, TK, gl_MatrixUseA>
#define MATRIX_B coopmat<HALF, gl_ScopeSubgroup, TK, TN, gl_MatrixUseB>
#define MATRIX_C coopmat<float, gl_ScopeSubgroup, TM, TN, gl_MatrixUseAccumulator>

void stage(uint k0, uint row0, uint col0)
{
  for (uint cell = gl_LocalInvocationIndex; cell < M * STEPS / 4;
       cell += gl_WorkGroupSize.x) {
    uint row = cell / (STEPS / 4), k = cell % (STEPS / 4) * 4;
    int left = int(p.k) - int(k0 + k);
    vec4 v = row0 + row < p.m && left > 0 ? load_a((row0 + row) * p.lda + k0 + k, left)
                                          : vec4(0);
    [[unroll]] for (uint e = 0; e < 4; e++)
      as[row * LD + k + e] = HALF_VALUE(v[e]);
  }
  for (uint cell = gl_LocalInvocationIndex; cell < N * STEPS / 4;
       cell += gl_WorkGroupSize.x) {
    uint col = cell / (STEPS / 4), k = cell % (STEPS / 4) * 4;
    int left = int(p.k) - int(k0 + k);
    vec4 v = col0 + col < p.n && left > 0 ? load_b((col0 + col) * p.ldb + k0 + k, left)
                                          : vec4(0);
    [[unroll]] for (uint e = 0; e < 4; e++)
      bs[col * LD + k + e] = HALF_VALUE(v[e]);
  }
}

void put(uint row, uint col, float sum)
{
  if (row >= p.m || col >= p.n)
    return;
  uint at = row * p.ldy + col;
  float value = BIAS ? sum + bias[col] : sum;
  y[at] = ADD ? value + y[at] : value;
}

void main()
{
  uint row0 = gl_WorkGroupID.y * M, col0 = gl_WorkGroupID.x * N;
  uint my_row = gl_SubgroupID / 2 * ROWS * TM, my_col = gl_SubgroupID % 2 * COLUMNS * TN;
  MATRIX_C acc[ROWS * COLUMNS];
  [[unroll]] for (uint i = 0; i < ROWS * COLUMNS; i++)
    acc[i] = MATRIX_C(0.0);

  for (uint k0 = 0; k0 < p.k; k0 += STEPS) {
    stage(k0, row0, col0);
    barrier();
    for (uint k = 0; k < STEPS; k += TK) {
      MATRIX_A av[ROWS];
      [[unroll]] for (uint r = 0; r < ROWS; r++)
        coopMatLoad(av[r], as, (my_row + r * TM) * LD + k, LD,
                    gl_CooperativeMatrixLayoutRowMajor);
      [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        MATRIX_B bv;
        coopMatLoad(bv, bs, (my_col + c * TN) * LD + k, LD,
                    gl_CooperativeMatrixLayoutColumnMajor);
        [[unroll]] for (uint r = 0; r < ROWS; r++)
          acc[r * COLUMNS + c] = coopMatMulAdd(av[r], bv, acc[r * COLUMNS + c]);
      }
    }
    barrier();
  }

  // a subgroup's own piece of shared memory: what it writes only it reads
  uint mine = gl_SubgroupID * TM * TN;
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
      coopMatStore(acc[r * COLUMNS + c], out_tile, mine, TN,
                   gl_CooperativeMatrixLayoutRowMajor);
      subgroupMemoryBarrierShared();
      subgroupBarrier();
      for (uint i = gl_SubgroupInvocationID; i < TM * TN; i += gl_SubgroupSize)
        put(row0 + my_row + r * TM + i / TN, col0 + my_col + c * TN + i % TN,
            out_tile[mine + i]);
      subgroupMemoryBarrierShared();
      subgroupBarrier();
    }
}
