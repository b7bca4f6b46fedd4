// The main of a multi-rank binary.
#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "bench/common/launch/launch.hpp"
#include "device/choice.hpp"
#include "device/stop_watch.hpp"
#include "kernels/isa.hpp"
#include "model/errors.hpp"
#include "report/run_info.hpp"
#include "report/untimed.hpp"

namespace moemark::bench {
namespace {

// The same outcome on every rank, whatever host it is on.
void choose_device(const comm::Communicator& world) {
  const Topology hosts(world.host_of_rank());
  std::optional<std::string> absent;
  std::optional<std::string> refused;
  try {
    device::choose_device(hosts.local_rank(world.rank()), hosts.ranks_per_node());
  } catch (const DeviceAbsent& error) {
    absent = error.what();
  } catch (const UsageError& error) {
    refused = error.what();
  }
  if (const auto first = world.first_failure(absent)) throw DeviceAbsent(*first);
  if (const auto first = world.first_failure(refused)) throw UsageError(*first);
}

}  // namespace

int run_launch(int argc, char** argv, const Program& program,
               const std::function<void(Launch&)>& body) {
  const comm::Session session(&argc, &argv);
  comm::Communicator world = comm::Communicator::world();
  const int rank = world.rank();
  const auto say = [&](const std::exception& error) {
    if (rank == 0) std::cerr << fmt::format("{}: {}\n", program.name, error.what());
  };
  try {
    Options options = parse_options(argc, argv, program);
    if (options.help || options.version) {
      if (rank == 0) {
        std::cout << (options.help ? *options.help
                                   : report::version_text(std::string(program.name),
                                                          comm::Session::library_version(),
                                                          std::string(kernels::isa_name())));
      }
      return 0;
    }
    choose_device(world);
    // What has no clock has nothing to show: results are checked, exact columns written.
    options.quiet = options.quiet || device::StopWatch::clock_name() == report::no_clock;
    Launch launch(std::move(world), std::move(options), program, argc, argv);
    body(launch);
    return launch.found_wrong ? 1 : 0;
  } catch (const DeviceAbsent& error) {
    say(error);
    return no_device_exit_code;
  } catch (const UsageError& error) {
    say(error);
    return 2;
  } catch (const WrongResult& error) {
    say(error);
    return 1;
  } catch (const std::exception& error) {
    // The others may be waiting inside a collective for ever: end the whole job.
    std::cerr << fmt::format("{}: rank {}: {}\n", program.name, rank, error.what());
    comm::Session::abort(3);
  }
}

}  // namespace moemark::bench
