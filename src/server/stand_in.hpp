// Stands in for the server until it is there: holds the port, and closes who comes.
#pragma once

#include <optional>
#include <string>

namespace server {

class Server {
public:
    // Listens where the settings say, or tells why not.
    std::optional<std::string> listen();
    // Readable when there is work.
    int descriptor() const { return poll_; }
    // Does what can be done without waiting. Returns after how many milliseconds it is to be called
    // again even if nothing happens; 0: at once; -1: never.
    int work();
    // Sends what is to be sent and closes.
    void shut_down();

private:
    std::optional<std::string> listen(int port);

    int poll_ = -1;
    int listener_ = -1;
    int port_ = 0;
};

}  // namespace server
