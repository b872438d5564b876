// Many live migrations, one after the other, with SimGrid's live-migration plugin.
//
//   g++ -O2 -std=c++17 migrations.cpp -lsimgrid -o migrations
//   migrations < points.csv > times.csv
//
// A line of points.csv is  memory_mib,rate_bytes_per_s,dirty_bytes_per_s,working_set_bytes
// and a line of times.csv  total_s  (from the command to the resume). The last line of stderr
// is the wall time of the simulation in seconds, without reading, writing and the platform.
//
// What the plugin's model lacks: dirtying is linear in time up to the working set; there are no
// zero pages, no page headers, no set-up, no throttling, no post-copy; the downtime limit is
// fixed at 30 ms. What it does besides: every point is a virtual machine with an actor that
// computes, and every pass a flow through the network model.
#include <simgrid/plugins/live_migration.h>
#include <simgrid/s4u.hpp>
#include <simgrid/s4u/VirtualMachine.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace s4u = simgrid::s4u;

struct Point {
  double memory_mib, rate_bytes_per_s, dirty_bytes_per_s, working_set_bytes;
};

static constexpr double SPEED = 1e9; // flops a second: the guest computes all the time

// The plugin takes what was computed as the difference of what is left: no larger number.
static void guest() {
  while (true)
    s4u::this_actor::execute(SPEED * 3600);
}

static void run(const std::vector<Point>& points, std::vector<double>& total_s) {
  auto* from = s4u::Host::by_name("from");
  auto* to = s4u::Host::by_name("to");
  for (size_t i = 0; i < points.size(); i++) {
    const Point& point = points[i];
    const std::string name = "vm" + std::to_string(i);
    auto* vm = sg_vm_create_migratable(from, name.c_str(), 1, static_cast<int>(point.memory_mib), 1, 0);
    sg_vm_set_migration_speed(vm, point.rate_bytes_per_s);
    sg_vm_set_dirty_page_intensity(vm, point.dirty_bytes_per_s / point.rate_bytes_per_s);
    sg_vm_set_working_set_memory(vm, static_cast<sg_size_t>(point.working_set_bytes));
    vm->start();
    s4u::Actor::create("guest", vm, guest)->daemonize();
    const double start_s = s4u::Engine::get_clock();
    sg_vm_migrate(vm, to);
    total_s.push_back(s4u::Engine::get_clock() - start_s);
    vm->destroy();
  }
}

int main(int argc, char* argv[]) {
  s4u::Engine engine(&argc, argv);
  // Flows at their nominal rate: no share lost to headers, no TCP window.
  s4u::Engine::set_config("network/model:CM02");
  s4u::Engine::set_config("network/TCP-gamma:0");
  s4u::Engine::set_config("network/crosstraffic:0");
  sg_vm_live_migration_plugin_init();
  auto* zone = s4u::create_full_zone("zone");
  auto* from = zone->create_host("from", SPEED);
  auto* to = zone->create_host("to", SPEED);
  auto* link = zone->create_link("link", 1e12)->set_latency(0)->seal();
  zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr, {s4u::LinkInRoute(link)}, true);
  zone->seal();

  std::vector<Point> points;
  Point point{};
  while (std::scanf("%lf,%lf,%lf,%lf", &point.memory_mib, &point.rate_bytes_per_s, &point.dirty_bytes_per_s,
                    &point.working_set_bytes) == 4)
    points.push_back(point);
  std::vector<double> total_s;
  s4u::Actor::create("operator", from, run, std::cref(points), std::ref(total_s));
  const auto start = std::chrono::steady_clock::now();
  engine.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  for (double each : total_s)
    std::printf("%.17g\n", each);
  std::fprintf(stderr, "%.9f\n", wall.count());
  return 0;
}
