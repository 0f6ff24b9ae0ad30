#include "config/validate.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::config {
namespace {

using ::testing::HasSubstr;

const std::string kKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

Config with_endpoint(EndpointConfig endpoint) {
  Config config;
  config.streams.endpoints.push_back(std::move(endpoint));
  return config;
}

EndpointConfig endpoint(const std::string& address, EndpointMode mode) {
  EndpointConfig config;
  config.name = "main";
  config.endpoint = address;
  config.mode = mode;
  return config;
}

/// The single fault of `config`, as "key: what"; every other number of faults is an error.
std::string only_fault(const Config& config) {
  const std::vector<Fault> faults = validate(config);
  if (faults.size() != 1) {
    return "(" + std::to_string(faults.size()) + " faults)";
  }
  return faults[0].key + ": " + faults[0].what;
}

TEST(Validate, TheDefaultsAreValid) {
  EXPECT_TRUE(validate(Config{}).empty());
}

TEST(Validate, ALocalBindNeedsNoCurve) {
  for (const char* address : {"tcp://127.0.0.1:15555", "tcp://127.0.0.1:*", "ipc:///run/geod/in"}) {
    EXPECT_TRUE(validate(with_endpoint(endpoint(address, EndpointMode::kPullBind))).empty());
  }
}

TEST(Validate, ABindThatOtherHostsReachNeedsCurveOrTheSpelledOutOverride) {
  for (const EndpointMode mode : {EndpointMode::kPullBind, EndpointMode::kSubBind}) {
    Config config = with_endpoint(endpoint("tcp://*:15555", mode));
    EXPECT_THAT(only_fault(config), HasSubstr("has no CURVE"));
    config.streams.allow_insecure_remote = true;
    EXPECT_TRUE(validate(config).empty());
  }
  Config config = with_endpoint(endpoint("tcp://*:15555", EndpointMode::kPullBind));
  config.streams.endpoints[0].curve = true;
  config.streams.curve = {"/etc/geod/curve.secret", "/etc/geod/curve.allow"};
  EXPECT_TRUE(validate(config).empty());
}

TEST(Validate, CurveOnABindNeedsASecretAndAnAllowList) {
  Config config = with_endpoint(endpoint("tcp://*:15555", EndpointMode::kPullBind));
  config.streams.endpoints[0].curve = true;
  const std::vector<Fault> faults = validate(config);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_THAT(faults[0].what, HasSubstr("secret_key_file"));
  EXPECT_THAT(faults[1].what, HasSubstr("allow_list_file"));
}

TEST(Validate, CurveOnAConnectNeedsThePublicKeyOfThePeer) {
  Config config = with_endpoint(endpoint("tcp://10.0.0.1:15555", EndpointMode::kSubConnect));
  config.streams.endpoints[0].curve = true;
  config.streams.curve.secret_key_file = "/etc/geod/curve.secret";
  EXPECT_THAT(only_fault(config), HasSubstr("server_public_key: '' is not a public key"));
  config.streams.endpoints[0].server_public_key = kKey.substr(1);
  EXPECT_THAT(only_fault(config), HasSubstr("40 Z85 characters"));
  config.streams.endpoints[0].server_public_key = std::string(39, 'a') + "'";
  EXPECT_THAT(only_fault(config), HasSubstr("40 Z85 characters"));
  config.streams.endpoints[0].server_public_key = kKey;
  EXPECT_TRUE(validate(config).empty());
}

TEST(Validate, APublicKeyWithoutUseIsAFault) {
  Config config = with_endpoint(endpoint("tcp://127.0.0.1:1", EndpointMode::kPullConnect));
  config.streams.endpoints[0].server_public_key = kKey;
  EXPECT_THAT(only_fault(config), HasSubstr("is given without CURVE"));
  config = with_endpoint(endpoint("tcp://127.0.0.1:1", EndpointMode::kPullBind));
  config.streams.endpoints[0].server_public_key = kKey;
  config.streams.endpoints[0].curve = true;
  config.streams.curve = {"/a", "/b"};
  EXPECT_THAT(only_fault(config), HasSubstr("connect modes only"));
}

TEST(Validate, NamesAreUniqueAmongAllSources) {
  Config config = with_endpoint(endpoint("tcp://127.0.0.1:1", EndpointMode::kPullBind));
  config.streams.files.push_back({"main", {"/data"}});
  EXPECT_THAT(only_fault(config), HasSubstr("streams.files[0].name: 'main' names another"));
  config.streams.files[0].name = "two words";
  EXPECT_THAT(only_fault(config), HasSubstr("is not a name"));
  config.streams.files[0].name = std::string(65, 'x');
  EXPECT_THAT(only_fault(config), HasSubstr("is not a name"));
}

TEST(Validate, AnAddressIsBoundOnce) {
  Config config = with_endpoint(endpoint("tcp://127.0.0.1:1", EndpointMode::kPullBind));
  config.streams.endpoints.push_back(endpoint("tcp://127.0.0.1:1", EndpointMode::kSubBind));
  config.streams.endpoints[1].name = "other";
  EXPECT_THAT(only_fault(config), HasSubstr("is bound twice"));
}

TEST(Validate, StarIsForBinds) {
  for (const char* address : {"tcp://*:15555", "tcp://127.0.0.1:*"}) {
    EXPECT_THAT(only_fault(with_endpoint(endpoint(address, EndpointMode::kPullConnect))),
                HasSubstr("cannot be connected to"));
  }
}

TEST(Validate, TopicsAreForSubscriptions) {
  Config config = with_endpoint(endpoint("tcp://127.0.0.1:1", EndpointMode::kPullBind));
  config.streams.endpoints[0].topics = {"ms/1/FDSN:CI_"};
  EXPECT_THAT(only_fault(config), HasSubstr("is for the sub modes only"));
  config.streams.endpoints[0].mode = EndpointMode::kSubConnect;
  EXPECT_TRUE(validate(config).empty());
  config.streams.endpoints[0].topics = {};
  EXPECT_THAT(only_fault(config), HasSubstr("nothing would be received"));
  config.streams.endpoints[0].topics = {"ms/1/\n"};
  EXPECT_THAT(only_fault(config), HasSubstr("is not a topic"));
}

TEST(Validate, AFileSourceNeedsPaths) {
  Config config;
  config.streams.files.push_back({"recording", {}});
  EXPECT_THAT(only_fault(config), HasSubstr("streams.files[0].paths: is empty"));
}

TEST(Validate, OneMessageFitsIntoTheReceiveBuffer) {
  Config config;
  config.streams.receive_buffer_bytes = config.streams.max_message_bytes - 1;
  EXPECT_THAT(only_fault(config), HasSubstr("one message must fit"));
}

TEST(Validate, FoldersAndTheDatabaseHaveNames) {
  Config config;
  config.storage.database = "";
  config.daemon.state_directory = "";
  config.daemon.runtime_directory = "";
  config.adapters.directory = "";
  EXPECT_EQ(validate(config).size(), 4U);
}

TEST(Validate, StationThresholdsAreForStations) {
  for (const char* name : {"CI", "CI.", ".CLC", "CI.CLC.", "ci.clc", "CI. CLC", "CI.TOOLONGNAME"}) {
    Config config;
    config.models.station_thresholds[name] = {};
    EXPECT_THAT(only_fault(config), HasSubstr("is not a station")) << name;
  }
  Config config;
  config.models.station_thresholds["CI.CLC"] = {};
  EXPECT_TRUE(validate(config).empty());
}

TEST(Validate, KnowsTheTasks) {
  Config config;
  config.models.tasks = {};
  EXPECT_TRUE(validate(config).empty());
  config.models.tasks = {"baz", "dis"};
  EXPECT_TRUE(validate(config).empty());
  config.models.tasks = {"baz", "dpk", "baz"};
  const auto faults = validate(config);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].key, "models.tasks");
  EXPECT_EQ(faults[0].what, "'dpk' is not one of pmp, baz, emg, dis");
  EXPECT_EQ(faults[1].what, "'baz' is written twice");
}

TEST(Validate, ImageTasksAreThoseOfGeodAndOnce) {
  Config config;
  config.models.image_tasks = {"das", "salts"};
  EXPECT_THAT(only_fault(config), HasSubstr("models.image_tasks: 'salts' is not one of das"));
  config.models.image_tasks = {"salt", "salt"};
  EXPECT_THAT(only_fault(config), HasSubstr("written twice"));
}

TEST(Validate, AFibreIsNamedAsOnTheWire) {
  Config config;
  config.fibres.each["XX.CABLE1"];
  EXPECT_TRUE(validate(config).empty());
  config.fibres.each["XX CABLE"];
  EXPECT_THAT(only_fault(config), HasSubstr("'XX CABLE' is not a fibre"));
}

TEST(Validate, TheCatalogueAsksForWhatAnEventCanHave) {
  Config config;
  config.catalog.fixed_depth_km = 80.0;
  EXPECT_THAT(only_fault(config), HasSubstr("catalog.fixed_depth_km: 80 lies below"));
  config = Config();
  config.catalog.min_stations = 6;
  EXPECT_THAT(only_fault(config), HasSubstr("catalog.min_phases: 4 picks cannot come from 6"));
  config = Config();
  config.catalog.fibres["two words"].positions = "cable.csv";
  EXPECT_THAT(only_fault(config), HasSubstr("'two words' is not a fibre"));
}

TEST(Validate, ChannelsAndThresholdsOfAFibreAreInOrder) {
  Config config;
  config.fibres.each["XX.A"].first_channel = 100;
  config.fibres.each["XX.A"].last_channel = 99;
  EXPECT_THAT(only_fault(config), HasSubstr("fibres.each.XX.A.last_channel: 99 lies before"));
  config = {};
  config.fibres.defaults.threshold_on = 0.4;
  config.fibres.each["XX.A"].threshold_off = 0.5;
  EXPECT_THAT(only_fault(config), HasSubstr("fibres.each.XX.A.threshold_off: 0.5 is above"))
      << "what an entry does not say is taken from the defaults";
}

TEST(FibresConfig, AnEntryWinsOverTheDefaultsKeyByKey) {
  FibresConfig fibres;
  fibres.defaults.enabled = false;
  fibres.defaults.sampling_rate_hz = 50.0;
  fibres.defaults.channel_spacing_m = 8.0;
  fibres.each["XX.A"].channel_spacing_m = 1.0;
  const FibreConfig own = fibres.of("XX.A");
  EXPECT_TRUE(own.enabled);
  EXPECT_EQ(own.sampling_rate_hz, 50.0);
  EXPECT_EQ(own.channel_spacing_m, 1.0);
  EXPECT_FALSE(own.threshold_on.has_value());
  EXPECT_FALSE(fibres.of("XX.B").enabled);
  EXPECT_EQ(fibres.of("XX.B").channel_spacing_m, 8.0);
}

}  // namespace
}  // namespace geod::config
