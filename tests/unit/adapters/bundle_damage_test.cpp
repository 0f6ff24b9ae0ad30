#include <atomic>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/spoilt_bundle.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::test::TmpDir;
using nlohmann::json;
using test::kAllFiles;
using test::small_base;
using test::small_content;
using test::write_small_bundle;

class DamagedBundle : public test::SpoiltBundle {};

TEST_F(DamagedBundle, AFlippedBitInAnyFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    const std::size_t step = good.size() / 61 + 1;
    for (std::size_t at = 0; at < good.size(); at += step) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      write(file, bad);
      // The manifest has no hash but the bundle's own: what stays readable is another bundle.
      const auto bundle = read_bundle(path_, small_base());
      EXPECT_TRUE(!bundle || file == kManifestFile) << file << " at " << at;
    }
    write(file, good);
  }
  EXPECT_TRUE(read_bundle(path_, small_base()));
}

TEST_F(DamagedBundle, AFlippedBitInTheManifestNeverKeepsTheHash) {
  const std::string hash = read_bundle(path_, small_base())->overlay->adapter_hash;
  const std::string good = read(kManifestFile);
  for (std::size_t at = 0; at < good.size(); at += good.size() / 97 + 1) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write(kManifestFile, bad);
    const auto bundle = read_bundle(path_, small_base());
    EXPECT_TRUE(!bundle || bundle->overlay->adapter_hash != hash) << at;
  }
}

TEST_F(DamagedBundle, ATruncatedFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, good.size() / 2, good.size() - 2}) {
      write(file, good.substr(0, size));
      EXPECT_FALSE(read_bundle(path_, small_base())) << file << " of " << size;
    }
    write(file, good);
  }
}

TEST_F(DamagedBundle, AMissingFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    fs::remove(path_ / file);
    expect_refused(Errc::kNotFound, file);
    write(file, good);
  }
  EXPECT_EQ(read_bundle(folder_.path() / "none", small_base()).error().code, Errc::kNotFound);
}

/// Bytes of a safetensors file with any header.
std::string file_of(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

TEST_F(DamagedBundle, HeadersThatLie) {
  const std::string one = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::string two = R"("y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]})";
  const std::string twice = "{" + one + "," + one + "}";
  const std::string overlap = "{" + one + "," + two + "}";
  const std::string huge(std::size_t{1} << 20, ' ');
  const struct {
    const char* what;
    std::string bytes;
  } cases[] = {
      {"huge length", file_of("{}", "", ~std::uint64_t{0})},
      {"long header", file_of("{}" + huge, "", huge.size() + 2)},
      {"overlap", file_of(overlap, std::string(12, '\0'), overlap.size())},
      {"repeated key", file_of(twice, std::string(8, '\0'), twice.size())},
      {"bytes beyond", file_of("{" + one + "}", std::string(9, '\0'), one.size() + 2)},
      {"no JSON", file_of("{x}", "", 3)},
  };
  const std::string manifest = read(kManifestFile);
  for (const char* file : {kAdapterFile, kHeadFile}) {
    const std::string good = read(file);
    for (const auto& c : cases) {
      forge(file, c.bytes);
      expect_refused(Errc::kCorruptRecord, file, c.what);
      write(file, good);
      write(kManifestFile, manifest);
    }
  }
}

TEST_F(DamagedBundle, AFileLargerThanItsNetwork) {
  const std::string manifest = read(kManifestFile);
  ASSERT_EQ(::truncate((path_ / kHeadFile).c_str(), off_t{1} << 33), 0);  // sparse
  expect_refused(Errc::kCorruptRecord, "allowed are");
  write(kHeadFile, "");
  write(kManifestFile, manifest + std::string(kMaxManifestBytes, ' '));
  expect_refused(Errc::kCorruptRecord, "allowed are");
}

TEST_F(DamagedBundle, JsonThatNestsWithoutEnd) {
  std::string deep = R"({"name":)" + std::string(1 << 20, '[');
  write(kManifestFile, deep);
  expect_refused(Errc::kModelMismatch, "JSON");
}

TEST_F(DamagedBundle, ANetworkBeyondAllMeasureWithoutItsBase) {
  json manifest = json::parse(read(kManifestFile));
  manifest["geometry"]["patch"] = 1024;
  manifest["geometry"]["embed_channels"] = {4, 4, 4, 4096};
  manifest["geometry"]["positions"] = 65536;
  manifest["geometry"]["window_samples"] = 8192;
  write(kManifestFile, manifest.dump());
  const auto bundle = read_bundle(path_);
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code, Errc::kUnsupported);
}

TEST_F(DamagedBundle, SymbolicLinksAndStrangers) {
  const fs::path outside = folder_.path() / "outside";
  for (const char* file : kAllFiles) {
    fs::rename(path_ / file, outside);
    fs::create_symlink("../outside", path_ / file);
    expect_refused(Errc::kUnsupported, file);
    fs::remove(path_ / file);
    fs::rename(outside, path_ / file);
  }
  const fs::path link = folder_.path() / "linked-1";
  fs::create_directory_symlink(path_, link);
  EXPECT_EQ(read_bundle(link, small_base()).error().code, Errc::kUnsupported);
  EXPECT_EQ(read_bundle(link.string() + "/", small_base()).error().code, Errc::kUnsupported);

  write("extra.pickle", "x");
  expect_refused(Errc::kUnsupported, "extra.pickle");
  fs::remove(path_ / "extra.pickle");
  fs::create_directory(path_ / kReadmeFile);
  expect_refused(Errc::kUnsupported, kReadmeFile);
  fs::remove(path_ / kReadmeFile);
  fs::rename(path_ / kHeadFile, outside);
  ASSERT_EQ(::mkfifo((path_ / kHeadFile).c_str(), 0600), 0);
  expect_refused(Errc::kUnsupported, kHeadFile);
}

TEST_F(DamagedBundle, AFileThatIsNotListedOrListedAndNotThere) {
  json manifest = json::parse(read(kManifestFile));
  manifest["files"].erase(kHeadFile);
  write(kManifestFile, manifest.dump());
  expect_refused(Errc::kModelMismatch, kHeadFile);
}

TEST_F(DamagedBundle, FilesOfAnotherBundle) {
  TmpDir other;
  BundleContent content = small_content();
  for (auto& [name, tensor] : content.tensors) {
    tensor.values[0] += 1.0F;
  }
  const fs::path path = write_small_bundle(other.path(), content);
  for (const char* file : {kAdapterFile, kHeadFile}) {
    const std::string good = read(file);
    fs::copy_file(path / file, path_ / file, fs::copy_options::overwrite_existing);
    expect_refused(Errc::kModelMismatch, file);
    write(file, good);
  }
}

TEST_F(DamagedBundle, ReadsTheFolderThatItOpenedWhateverItsNameMeansByNow) {
  const auto folder = BundleFolder::open(path_);
  ASSERT_TRUE(folder) << folder.error().what;
  const std::string manifest = read(kManifestFile);
  fs::rename(path_, folder_.path() / "moved");
  fs::create_directory(path_);
  write(kManifestFile, "another");
  const auto bytes = folder->read(kManifestFile, kMaxManifestBytes);
  ASSERT_TRUE(bytes) << bytes.error().what;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()), manifest);
}

/// Another process exchanges the weight files of two bundles again and again: a reader sees one of
/// them whole, or is told that they differ.
TEST_F(DamagedBundle, ABundleThatIsExchangedWhileItIsRead) {
  TmpDir other;
  BundleContent content = small_content();
  for (auto& [name, tensor] : content.tensors) {
    tensor.values[0] += 1.0F;
  }
  const fs::path path = write_small_bundle(other.path(), content);
  const auto first = read_bundle(path_, small_base());
  const auto second = read_bundle(path, small_base());
  ASSERT_TRUE(first && second);

  std::atomic<bool> is_done = false;
  std::jthread exchanger([&] {
    while (!is_done) {
      for (const char* file : {kManifestFile, kAdapterFile, kHeadFile}) {
        ASSERT_EQ(
            ::renameat2(
                AT_FDCWD, (path_ / file).c_str(), AT_FDCWD, (path / file).c_str(), RENAME_EXCHANGE),
            0);
      }
    }
  });
  for (int round = 0; round < 200; ++round) {
    const auto bundle = read_bundle(path_, small_base());
    if (!bundle) {
      EXPECT_EQ(bundle.error().code, Errc::kModelMismatch) << bundle.error().what;
      continue;
    }
    const auto& hash = bundle->overlay->adapter_hash;
    const Bundle& expected = hash == first->overlay->adapter_hash ? *first : *second;
    ASSERT_EQ(hash, expected.overlay->adapter_hash);
    for (const auto& [name, tensor] : bundle->overlay->tensors) {
      ASSERT_EQ(tensor.values, expected.overlay->tensors.at(name).values) << name;
    }
  }
  is_done = true;
}

}  // namespace
}  // namespace geod::adapters
