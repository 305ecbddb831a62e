#version 450
// requires: coopmat
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#pragma use_vulkan_memory_model
#include "shared.h"
#include "half.glsl"

// Matrix products on 16-bit operands (f16), for devices with matrix units.

#define HALF float16_t
#define HALF_VALUE(x) float16_t(x)
#include "gemm_matrix.glsl"
