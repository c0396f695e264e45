// A socket that accepts connections.
#pragma once

#include <memory>
#include <string>

#include "server/address.hpp"
#include "server/loop.hpp"
#include "server/socket.hpp"

namespace server {

class Network;
struct NetworkOptions;

class Listener final : public Watched {
public:
    // Where to listen, and for what.
    struct Place {
        Address address;
        bool tls = false;
        unsigned permissions = 0;  // of a Unix socket's file

        bool operator==(const Place&) const = default;
    };

    // Listens. Throws std::system_error, whose text names the address.
    Listener(Network& network, const Place& place, const NetworkOptions& options);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    const Place& place() const { return place_; }
    std::string address() const { return bound_.text(); }

    // What may change while it listens.
    void configure(const NetworkOptions& options);
    // After a failure, such as too many open files, connections wait for a while.
    bool is_paused() const { return paused_; }
    void resume();

private:
    // A Unix socket's name in the file system, which closing the socket leaves.
    class SocketFile {
    public:
        SocketFile(const std::string& path, unsigned permissions);
        ~SocketFile();

    private:
        std::string path_;
        unsigned long device_ = 0;
        unsigned long inode_ = 0;
    };

    void ready(bool readable, bool writable) noexcept override;
    bool accept_one();
    void pause(int error);
    void bind();

    Network& network_;
    Place place_;
    Address bound_;  // with the port that the system chose
    Socket socket_;
    std::unique_ptr<SocketFile> file_;
    std::unique_ptr<Watcher> watcher_;
    bool paused_ = false;
};

}  // namespace server
