// Hosts emptied onto other hosts: iterative pre-copy of every VM as flows under max-min sharing.
//
//   g++ -O2 -std=c++17 evacuation.cpp -lsimgrid -o evacuation
//   evacuation < fleet.csv > ends.csv
//
// The first line of fleet.csv is
//   hosts,slots,nic_bytes_per_s,downtime_limit_s,max_rounds
// and then one line a VM, in the order of the queue:
//   source,destination,memory_bytes,working_set_bytes,writes_per_page_per_s
// with hosts numbered from 0. A line of ends.csv is, VM by VM,  start_s,end_s,rounds . The last
// line of stderr is  makespan_s,passes,wall_s  (wall time of the simulation alone).
//
// A host sends and receives at nic_bytes_per_s each (full duplex) and has `slots` for migrations
// that come or go. Whenever one ends, the queue is gone through in its order, and every migration
// that finds a slot at both ends starts. A pass of t seconds dirties W (1 - exp(-n t)); the copy
// stops when what is left fits the limit at the mean rate of the pass, or after max_rounds, and
// then sends the rest. Sizes on the wire are whole bytes, as SimGrid has them.
#include <simgrid/s4u.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace s4u = simgrid::s4u;

struct Vm {
  int source, destination;
  double memory_bytes, working_set_bytes, writes_per_s;
  double start_s = -1, end_s = -1;
  int rounds = 0;
};

static int host_count, max_rounds;
static double nic_bytes_per_s, downtime_limit_s;
static std::vector<Vm> vms;
static std::vector<s4u::Host*> hosts;
static std::vector<int> free_slots;
static std::vector<std::vector<int>> waiting_at; // by host: those that leave it or come, in order
static long passes = 0;

static void start_what_can(int host);

static double send(const Vm& vm, double bytes) {
  const double start_s = s4u::Engine::get_clock();
  s4u::Comm::sendto(hosts[vm.source], hosts[vm.destination], static_cast<uint64_t>(bytes + 0.5));
  passes++;
  return s4u::Engine::get_clock() - start_s;
}

static void migrate(int index) {
  Vm& vm = vms[index];
  vm.start_s = s4u::Engine::get_clock();
  double rest = vm.memory_bytes;
  while (vm.rounds < max_rounds && rest >= 1) {
    const double took_s = send(vm, rest);
    vm.rounds++;
    const double rate = rest / took_s;
    rest = -vm.working_set_bytes * std::expm1(-vm.writes_per_s * took_s);
    if (rest <= downtime_limit_s * rate)
      break;
  }
  if (rest >= 1) {
    send(vm, rest);
    vm.rounds++;
  }
  vm.end_s = s4u::Engine::get_clock();
  free_slots[vm.source]++;
  free_slots[vm.destination]++;
  start_what_can(vm.source);
  start_what_can(vm.destination);
}

static void start_what_can(int host) {
  auto& queue = waiting_at[host];
  size_t kept = 0;
  for (size_t i = 0; i < queue.size(); i++) {
    Vm& vm = vms[queue[i]];
    if (vm.start_s >= 0)
      continue; // started from its other end
    if (free_slots[host] > 0 && free_slots[vm.source] > 0 && free_slots[vm.destination] > 0) {
      free_slots[vm.source]--;
      free_slots[vm.destination]--;
      vm.start_s = s4u::Engine::get_clock();
      s4u::Actor::create("m", hosts[vm.source], migrate, queue[i]);
      continue;
    }
    queue[kept++] = queue[i];
    if (free_slots[host] == 0) { // nothing more of this host can start: keep the others unread
      for (i++; i < queue.size(); i++)
        queue[kept++] = queue[i];
    }
  }
  queue.resize(kept);
}

static void begin() {
  // Both ends' queues hold a migration; in the queue's own order the first free pair starts.
  for (size_t i = 0; i < vms.size(); i++) {
    Vm& vm = vms[i];
    if (free_slots[vm.source] > 0 && free_slots[vm.destination] > 0) {
      free_slots[vm.source]--;
      free_slots[vm.destination]--;
      vm.start_s = 0;
      s4u::Actor::create("m", hosts[vm.source], migrate, static_cast<int>(i));
    } else {
      waiting_at[vm.source].push_back(static_cast<int>(i));
      waiting_at[vm.destination].push_back(static_cast<int>(i));
    }
  }
}

int main(int argc, char* argv[]) {
  s4u::Engine engine(&argc, argv);
  s4u::Engine::set_config("network/model:CM02");
  s4u::Engine::set_config("network/TCP-gamma:0");
  s4u::Engine::set_config("network/crosstraffic:0");
  s4u::Engine::set_config("contexts/stack-size:64");
  int slots = 0;
  if (std::scanf("%d,%d,%lf,%lf,%d", &host_count, &slots, &nic_bytes_per_s, &downtime_limit_s, &max_rounds) != 5) {
    std::fprintf(stderr, "no first line\n");
    return 2;
  }
  Vm vm;
  while (std::scanf("%d,%d,%lf,%lf,%lf", &vm.source, &vm.destination, &vm.memory_bytes, &vm.working_set_bytes,
                    &vm.writes_per_s) == 5)
    vms.push_back(vm);
  auto* zone = s4u::create_star_zone("zone");
  for (int i = 0; i < host_count; i++) {
    const std::string name = std::to_string(i);
    auto* host = zone->create_host("h" + name, 1e9);
    auto* nic = zone->create_split_duplex_link("n" + name, nic_bytes_per_s)->set_latency(0)->seal();
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {{nic, s4u::LinkInRoute::Direction::UP}}, true);
    hosts.push_back(host);
  }
  zone->seal();
  free_slots.assign(host_count, slots);
  waiting_at.resize(host_count);
  s4u::Actor::create("begin", hosts[0], begin);
  const auto start = std::chrono::steady_clock::now();
  engine.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  double makespan_s = 0;
  for (const Vm& each : vms) {
    std::printf("%.17g,%.17g,%d\n", each.start_s, each.end_s, each.rounds);
    makespan_s = std::max(makespan_s, each.end_s);
  }
  std::fprintf(stderr, "%.17g,%ld,%.9f\n", makespan_s, passes, wall.count());
  return 0;
}
