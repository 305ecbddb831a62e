// half.glsl - 16-bit floats as they lie in memory, made 32-bit with integer instructions
// and unpackHalf2x16 only: no device feature is needed.

// two words, four values; the lower half first
vec4 unpack_halves(uvec2 words, bool brain)
{
  if (brain)
    return vec4(uintBitsToFloat(words.x << 16), uintBitsToFloat(words.x & 0xffff0000u),
                uintBitsToFloat(words.y << 16), uintBitsToFloat(words.y & 0xffff0000u));
  return vec4(unpackHalf2x16(words.x), unpackHalf2x16(words.y));
}
