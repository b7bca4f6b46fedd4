// Traces as JSON lines with the field names of Megatron's routing trace.
#include "routing/files/trace_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/errors.hpp"

namespace moemark {
namespace {

using Json = nlohmann::json;

enum Field : std::uint8_t {
  field_step,
  field_layer,
  field_rank,
  field_tokens,
  field_topk,
  field_experts,
  field_ids,
  field_weights,
  field_other
};
constexpr std::array<std::string_view, field_other> names = {
    "step", "layer", "rank", "num_tokens", "topk", "num_experts", "top_indices", "weights"};

// A list of rows, flat.
template <class T>
struct Rows {
  std::vector<T> values;
  std::vector<std::size_t> ends;  // of each row, among the values
};

// Takes a line's numbers as the parser meets them: no tree of JSON values is ever made.
class LineReader : public nlohmann::json_sax<Json> {
 public:
  LineReader(const std::string& origin, std::int64_t line, TokenCheck& check)
      : origin_(origin), line_(line), check_(check) {}

  TraceTable finish();

  bool null() override { return other_value("null"); }
  bool boolean(bool /*value*/) override { return other_value("a truth value"); }
  bool string(std::string& /*value*/) override { return other_value("a text"); }
  bool binary(Json::binary_t& /*value*/) override { return other_value("bytes"); }
  bool number_integer(std::int64_t value) override { return whole_number(value); }
  bool number_unsigned(std::uint64_t value) override {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return whole_number(static_cast<std::int64_t>(std::min(value, most)));
  }
  bool number_float(double value, const std::string& text) override {
    const bool is_weight = field_ == field_weights && depth_ == 3;
    if (depth_ == 0 || (field_ != field_other && !is_weight)) {
      fail(fmt::format("'{}' is no whole number of 64 bits", text));
    }
    if (is_weight) add_weight(value);
    return true;
  }
  bool start_object(std::size_t /*size*/) override {
    if (depth_ > 0) other_value("an object");
    ++depth_;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override;
  bool end_array() override;
  bool key(std::string& name) override;
  bool parse_error(std::size_t byte, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    fail(fmt::format("malformed or cut JSON at byte {} of the line", byte));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw UsageError(fmt::format("{}: line {}: {}", origin_, line_, what));
  }
  [[nodiscard]] bool in_list() const { return field_ == field_ids || field_ == field_weights; }
  bool close() {
    --depth_;
    return true;
  }
  bool other_value(std::string_view what) const {
    if (depth_ == 0) fail(fmt::format("{} is no table; allowed: one JSON object a line", what));
    if (field_ != field_other) fail(fmt::format("field '{}' holds {}", names[field_], what));
    return true;
  }
  bool whole_number(std::int64_t value);
  void add_weight(double value) {
    const auto weight = static_cast<float>(value);
    if (!std::isfinite(weight)) fail(fmt::format("weight {} is beyond float32", value));
    weights_.values.push_back(weight);
  }
  [[nodiscard]] int number(Field field, int least, int most) const;

  const std::string& origin_;
  std::int64_t line_;
  TokenCheck& check_;
  int depth_ = 0;  // 1: in the object, 2: in the list of a field, 3: in a row of it
  Field field_ = field_other;
  std::array<bool, field_other> given_ = {};
  std::array<std::int64_t, field_ids> numbers_ = {};
  Rows<std::int32_t> ids_;
  Rows<float> weights_;
};

bool LineReader::start_array(std::size_t /*size*/) {
  if (depth_ == 0 || (field_ != field_other && (!in_list() || depth_ > 2))) {
    other_value("a list where none belongs");
  }
  ++depth_;
  return true;
}

bool LineReader::end_array() {
  if (field_ == field_ids && depth_ == 3) ids_.ends.push_back(ids_.values.size());
  if (field_ == field_weights && depth_ == 3) weights_.ends.push_back(weights_.values.size());
  return close();
}

bool LineReader::key(std::string& name) {
  if (depth_ != 1) return true;  // of an object in a field that is passed over
  field_ = static_cast<Field>(std::ranges::find(names, name) - names.begin());
  if (field_ != field_other && std::exchange(given_[field_], true)) {
    fail(fmt::format("field '{}' stands there twice", name));
  }
  return true;
}

bool LineReader::whole_number(std::int64_t value) {
  if (depth_ == 0) other_value("a number");
  if (field_ == field_other) return true;
  if (!in_list()) {
    numbers_[field_] = value;  // not in a list: start_array() lets none begin
    return true;
  }
  if (depth_ != 3) fail(fmt::format("field '{}' must be a list of lists", names[field_]));
  if (field_ == field_weights) {
    add_weight(static_cast<double>(value));
    return true;
  }
  if (value < -1 || value >= most_trace_experts) {
    fail(fmt::format("expert {} is not allowed; allowed: 0 to {}, and -1 for none", value,
                     most_trace_experts - 1));
  }
  ids_.values.push_back(static_cast<std::int32_t>(value));
  return true;
}

int LineReader::number(Field field, int least, int most) const {
  if (!given_[field]) fail(fmt::format("field '{}' is missing", names[field]));
  const std::int64_t value = numbers_[field];
  if (value < least || value > most) {
    fail(fmt::format("field '{}' is {}; allowed: {} to {}", names[field], value, least, most));
  }
  return static_cast<int>(value);
}

TraceTable LineReader::finish() {
  constexpr int most = std::numeric_limits<int>::max();
  TraceTable result{.step = number(field_step, 0, most),
                    .layer = number(field_layer, 0, most),
                    .rank = number(field_rank, 0, most),
                    .weighted = given_[field_weights]};
  if (given_[field_experts]) result.experts = number(field_experts, 1, most_trace_experts);
  const int tokens = number(field_tokens, 0, most_trace_tokens);
  const auto topk = static_cast<std::size_t>(number(field_topk, 1, most_trace_topk));
  if (!given_[field_ids]) fail("field 'top_indices' is missing");
  if (ids_.ends.size() != static_cast<std::size_t>(tokens)) {
    fail(fmt::format("'top_indices' has {} tokens, 'num_tokens' is {}", ids_.ends.size(), tokens));
  }
  for (std::size_t token = 0; token < ids_.ends.size(); ++token) {
    const std::size_t begin = token * topk;
    if (ids_.ends[token] != begin + topk) {
      fail(fmt::format("token {} has {} experts, 'topk' is {}", token, ids_.ends[token] - begin,
                       topk));
    }
    const auto ids = std::span(ids_.values).subspan(begin, topk);
    if (const auto fault = check_.fault(ids, result.experts)) {
      fail(fmt::format("token {}: {}", token, *fault));
    }
  }
  if (result.weighted && weights_.ends != ids_.ends) {
    fail("'weights' has not the shape of 'top_indices'");
  }
  // As large as what was read, whatever the fields say.
  result.table = RoutingTable(tokens, static_cast<int>(topk));
  result.table.topk_ids = std::move(ids_.values);
  if (result.weighted) result.table.topk_weights = std::move(weights_.values);
  return result;
}

}  // namespace

void write_trace_line(std::ostream& out, const RoutingTable& table, int step, int layer, int rank,
                      int num_experts) {
  nlohmann::ordered_json line = {{"step", step},
                                 {"layer", layer},
                                 {"rank", rank},
                                 {"num_tokens", table.tokens},
                                 {"topk", table.topk},
                                 {"top_indices", nlohmann::json::array()},
                                 {"weights", nlohmann::json::array()},
                                 {"num_experts", num_experts}};
  for (int token = 0; token < table.tokens; ++token) {
    const auto ids = table.ids(token);
    const auto weights = table.weights(token);
    line["top_indices"].push_back(std::vector<int>(ids.begin(), ids.end()));
    line["weights"].push_back(std::vector<float>(weights.begin(), weights.end()));
  }
  out << line.dump() << '\n';
}

void read_trace_lines(const std::string& origin, std::string_view text, const TraceVisitor& visit) {
  TokenCheck check;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    LineReader reader(origin, number, check);
    Json::sax_parse(line, &reader);
    visit(reader.finish());
  }
}

}  // namespace moemark
