// The kernels of the fake device: the host's own, queued on the stream like any kernel. They are
// compiled into the namespace host_kernels (tests/fake/CMakeLists.txt), with headers to match, and
// what they read and write is checked as a GPU's memory unit would.
#include <cuda_runtime_api.h>

#include <string_view>
#include <utility>
#include <vector>

#include "device/cuda/native.hpp"
#include "fake/cuda/device.hpp"
#include "host_kernels/expert_choice.hpp"
#include "host_kernels/expert_gemm.hpp"
#include "host_kernels/isa.hpp"
#include "host_kernels/permutation.hpp"
#include "host_kernels/quantize.hpp"
#include "host_kernels/regroup.hpp"
#include "host_kernels/router.hpp"
#include "host_kernels/token_lists.hpp"
#include "kernels/expert_choice.hpp"
#include "kernels/expert_gemm.hpp"
#include "kernels/isa.hpp"
#include "kernels/permutation.hpp"
#include "kernels/quantize.hpp"
#include "kernels/regroup.hpp"
#include "kernels/router.hpp"
#include "kernels/token_lists.hpp"

namespace moemark::kernels {
namespace {

namespace host = moemark::host_kernels;
using device::Stream;
using std::size_t;
using std::span;
using Bytes = span<const std::byte>;
using Ids = span<const std::int32_t>;

// Host kernels use no stream; they are told one that nothing is queued on.
Stream& no_stream() {
  static Stream stream;
  return stream;
}

template <class T>
fake::Range range(span<T> memory) {
  return {memory.data(), memory.size_bytes()};
}

template <class Body>
void queue(Stream& stream, const char* name, std::vector<fake::Range> touches, Body body) {
  no_stream();  // made while a device is chosen
  fake::launch(device::native(stream), name, std::move(touches), std::move(body));
}

host::ConstRows of_host(const ConstRows& rows) {
  return {rows.dtype, rows.width, rows.data};
}
host::Rows of_host(const Rows& rows) {
  return {rows.dtype, rows.width, rows.data};
}
host::ExpertShape of_host(const ExpertShape& shape) {
  return {shape.experts, shape.hidden, shape.ffn, shape.weights};
}

}  // namespace

std::string_view isa_name() {
  return host::isa_name();
}

void build_plan(Stream& stream, Ids keys, PlanBuffers plan) {
  queue(stream, "build_plan",
        {range(keys), range(plan.counts), range(plan.offsets), range(plan.assign_to_pos)}, [=] {
          host::build_plan(no_stream(), keys, {plan.counts, plan.offsets, plan.assign_to_pos});
        });
}

void permute_rows(Stream& stream, Bytes source, size_t row_bytes, Ids assign_to_pos, int copies,
                  span<std::byte> destination) {
  queue(stream, "permute_rows", {range(source), range(assign_to_pos), range(destination)}, [=] {
    host::permute_rows(no_stream(), source, row_bytes, assign_to_pos, copies, destination);
  });
}

// The two tables of the host are read when the kernel is launched, as kernel arguments are.
void scatter_rows(Stream& stream, Bytes source, size_t row_bytes, Ids assign_to_pos,
                  Ids peer_of_assign, int copies, span<const size_t> first_row,
                  span<const span<std::byte>> destinations) {
  queue(stream, "scatter_rows", {range(source), range(assign_to_pos), range(peer_of_assign)},
        [=, rows = std::vector<size_t>(first_row.begin(), first_row.end()),
         to = std::vector<span<std::byte>>(destinations.begin(), destinations.end())] {
          host::scatter_rows(no_stream(), source, row_bytes, assign_to_pos, peer_of_assign, copies,
                             rows, to);
        });
}

void gather_rows(Stream& stream, Bytes source, size_t row_bytes, Ids source_row,
                 span<std::byte> destination) {
  queue(stream, "gather_rows", {range(source), range(source_row), range(destination)},
        [=] { host::gather_rows(no_stream(), source, row_bytes, source_row, destination); });
}

void unpermute_rows(Stream& stream, ConstRows rows, Ids assign_to_pos, span<const float> weights,
                    int copies, Rows out) {
  queue(stream, "unpermute_rows",
        {range(rows.data), range(assign_to_pos), range(weights), range(out.data)}, [=] {
          host::unpermute_rows(no_stream(), of_host(rows), assign_to_pos, weights, copies,
                               of_host(out));
        });
}

void quantize_rows(Stream& stream, ConstRows rows, span<std::byte> out) {
  queue(stream, "quantize_rows", {range(rows.data), range(out)},
        [=] { host::quantize_rows(no_stream(), of_host(rows), out); });
}

void dequantize_rows(Stream& stream, Bytes rows, Rows out) {
  queue(stream, "dequantize_rows", {range(rows), range(out.data)},
        [=] { host::dequantize_rows(no_stream(), rows, of_host(out)); });
}

void pad_positions(Stream& stream, Ids keys, Ids offsets, Ids cell_of_bin, size_t rows_per_cell,
                   span<std::int32_t> positions) {
  queue(stream, "pad_positions",
        {range(keys), range(offsets), range(cell_of_bin), range(positions)}, [=] {
          host::pad_positions(no_stream(), keys, offsets, cell_of_bin, rows_per_cell, positions);
        });
}

void build_regroup_plan(Stream& stream, Ids counts, int sources, size_t rows_per_chunk,
                        span<std::int32_t> expert_offsets, span<std::int32_t> pos_to_arrival) {
  queue(stream, "build_regroup_plan", {range(counts), range(expert_offsets), range(pos_to_arrival)},
        [=] {
          host::build_regroup_plan(no_stream(), counts, sources, rows_per_chunk, expert_offsets,
                                   pos_to_arrival);
        });
}

void localise_ids(Stream& stream, Ids ids, int first, int count, span<std::int32_t> keys) {
  queue(stream, "localise_ids", {range(ids), range(keys)},
        [=] { host::localise_ids(no_stream(), ids, first, count, keys); });
}

void first_of_peer(Stream& stream, Ids ids, int topk, Ids peer_of_id, span<std::int32_t> keys) {
  queue(stream, "first_of_peer", {range(ids), range(peer_of_id), range(keys)},
        [=] { host::first_of_peer(no_stream(), ids, topk, peer_of_id, keys); });
}

void pack_lists(Stream& stream, Ids ids, span<const float> weights, int topk, Ids peer_of_id,
                Ids assign_to_row, span<std::byte> lists) {
  queue(stream, "pack_lists",
        {range(ids), range(weights), range(peer_of_id), range(assign_to_row), range(lists)}, [=] {
          host::pack_lists(no_stream(), ids, weights, topk, peer_of_id, assign_to_row, lists);
        });
}

void unpack_lists(Stream& stream, Bytes lists, int topk, span<std::int32_t> ids,
                  span<float> weights) {
  queue(stream, "unpack_lists", {range(lists), range(ids), range(weights)},
        [=] { host::unpack_lists(no_stream(), lists, topk, ids, weights); });
}

void gate_logits(Stream& stream, ConstRows x, span<const float> gate_weight,
                 span<const float> gate_bias, span<float> logits) {
  queue(stream, "gate_logits", {range(x.data), range(gate_weight), range(gate_bias), range(logits)},
        [=] { host::gate_logits(no_stream(), of_host(x), gate_weight, gate_bias, logits); });
}

void router_topk(Stream& stream, span<const float> logits, int experts, const TopkRule& rule,
                 span<const float> select_bias, span<std::int32_t> ids, span<float> weights) {
  queue(stream, "router_topk", {range(logits), range(select_bias), range(ids), range(weights)},
        [=] {
          host::router_topk(no_stream(), logits, experts, {rule.router, rule.topk}, select_bias,
                            ids, weights);
        });
}

void choose_tokens(Stream& stream, span<const float> logits, int experts,
                   const ExpertChoiceRule& rule, span<std::int32_t> ids, span<float> weights) {
  queue(stream, "choose_tokens", {range(logits), range(ids), range(weights)}, [=] {
    host::choose_tokens(no_stream(), logits, experts, {rule.router, rule.taken, rule.width}, ids,
                        weights);
  });
}

// Packing is no work of a stream: weights come from the host once, outside every measurement.
std::size_t PackedExperts::packed_bytes(const ExpertShape& shape) {
  return host::PackedExperts::packed_bytes(of_host(shape));
}
PackedExperts::PackedExperts(Stream& stream, const ExpertShape& shape, ExpertWeightsView weights)
    : shape_(shape), packed_(packed_bytes(shape)) {
  const host::PackedExperts packed(no_stream(), of_host(shape),
                                   {weights.gate, weights.up, weights.down});
  device::copy_on_device(stream, packed.data(), packed_.bytes());
  stream.synchronize();
}
std::size_t expert_ffn_workspace_bytes(const ExpertShape& shape, std::size_t rows) {
  return host::expert_ffn_workspace_bytes(of_host(shape), rows);
}

void expert_ffn(Stream& stream, const PackedExperts& experts, ConstRows x, Ids expert_offsets,
                span<std::byte> workspace, Rows y) {
  static_assert(sizeof(host::PackedExperts) == sizeof(PackedExperts));
  queue(stream, "expert_ffn",
        {range(experts.data()), range(x.data), range(expert_offsets), range(workspace),
         range(y.data)},
        [=, &experts] {
          // The same class, compiled in two namespaces.
          host::expert_ffn(no_stream(), reinterpret_cast<const host::PackedExperts&>(experts),
                           of_host(x), expert_offsets, workspace, of_host(y));
        });
}

}  // namespace moemark::kernels
