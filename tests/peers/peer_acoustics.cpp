// geod's side of acoustics_deepwave_peer.py: shots over one velocity model.
//
//   geod_peer_acoustics MODEL RECORD ROW TIMES
//
// MODEL: 70 x 70 float32 in m/s; RECORD: written, 5 x TIMES x 70 float32; sources and receivers in
// row ROW. Prints the seconds of processor time that it took, on one thread.
#include <ctime>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "trainer/acoustic_solver.hpp"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 5) {
    fmt::print(stderr, "usage: geod_peer_acoustics MODEL RECORD ROW TIMES\n");
    return 2;
  }
  geod::trainer::AcousticSurvey survey;
  survey.source_row = static_cast<std::size_t>(std::stoul(arguments[3]));
  survey.receiver_row = survey.source_row;
  survey.times = static_cast<std::size_t>(std::stoul(arguments[4]));
  std::vector<float> model(survey.model_cells());
  std::ifstream in(arguments[1], std::ios::binary);
  in.read(reinterpret_cast<char*>(model.data()),
          static_cast<std::streamsize>(model.size() * sizeof(float)));
  if (!in) {
    fmt::print(stderr, "{}: not 70 x 70 float32\n", arguments[1]);
    return 1;
  }
  const auto solver = geod::trainer::make_cpu_acoustics(survey, 1);
  if (!solver) {
    fmt::print(stderr, "{}\n", solver.error().what);
    return 1;
  }
  std::vector<float> record(survey.record_values());
  const std::clock_t begin = std::clock();
  if (const auto done = (*solver)->simulate(model, record); !done) {
    fmt::print(stderr, "{}\n", done.error().what);
    return 1;
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::ofstream out(arguments[2], std::ios::binary);
  out.write(reinterpret_cast<const char*>(record.data()),
            static_cast<std::streamsize>(record.size() * sizeof(float)));
  out.close();
  fmt::print("{}\n", seconds);
  return out ? 0 : 1;
}
