// Connections over TLS, with certificates that the openssl program makes.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>

#include "network_fixture.hpp"

namespace unit {

namespace {

using ClientCertificates = server::TlsOptions::ClientCertificates;

class TlsTest : public NetworkTest {
protected:
    TlsTest() {
        make_ca("ca");
        make_certificate("server", "ca");
        options.port.reset();
        options.tls_port = 0;
        options.tls.emplace();
        options.tls->certificate_file = file("server.crt");
        options.tls->key_file = file("server.key");
        options.tls->ca_file = file("ca.crt");
        options.tls->client_certificates = ClientCertificates::ignored;
    }

    std::string file(const std::string& name) const { return folder / name; }

    void openssl(const std::string& arguments) {
        std::string command = "cd " + folder.string() + " && openssl " + arguments + " 2>>log";
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
    }

    void make_ca(const std::string& name) {
        openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
                name + " -keyout " + name + ".key -out " + name + ".crt");
    }

    void make_certificate(const std::string& name, const std::string& ca) {
        openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
                " -keyout " + name + ".key -out " + name + ".csr");
        openssl("x509 -req -days 2 -CAcreateserial -in " + name + ".csr -CA " + ca +
                ".crt -CAkey " + ca + ".key -out " + name + ".crt");
    }

    // OpenSSL over a client's socket.
    struct Client {
        explicit Client(Socket&& connected) : socket(std::move(connected)) {}
        ~Client() {
            SSL_free(session);
            SSL_CTX_free(context);
        }

        Socket socket;
        SSL_CTX* context = SSL_CTX_new(TLS_client_method());
        SSL* session = nullptr;
    };

    // Shaking hands is left to the caller. The certificate's name may be empty.
    std::unique_ptr<Client> connect_tls(const std::string& certificate = "") {
        auto client = std::make_unique<Client>(connect(network.tls_addresses().at(0)));
        if (!certificate.empty()) {
            std::string path = file(certificate);
            SSL_CTX_use_certificate_chain_file(client->context, (path + ".crt").c_str());
            SSL_CTX_use_PrivateKey_file(client->context, (path + ".key").c_str(), SSL_FILETYPE_PEM);
        }
        client->session = SSL_new(client->context);
        SSL_set_fd(client->session, client->socket.get());
        SSL_set_connect_state(client->session);
        return client;
    }

    // Repeats what waits for the other side. The last result.
    int repeat(Client& client, const std::function<int()>& function) {
        int result = -1;
        until([&] {
            ERR_clear_error();
            result = function();
            int error = SSL_get_error(client.session, result);
            return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
        });
        return result;
    }

    bool shake_hands(Client& client) {
        return repeat(client, [&] { return SSL_do_handshake(client.session); }) == 1;
    }

    void send_tls(Client& client, Bytes bytes) {
        while (!bytes.empty()) {
            int part = static_cast<int>(std::min<size_t>(bytes.size(), 16 * 1024));
            int sent =
                repeat(client, [&] { return SSL_write(client.session, bytes.data(), part); });
            ASSERT_GT(sent, 0);
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
    }

    std::string receive_tls(Client& client, size_t size) {
        std::string text(size, '\0');
        size_t received = 0;
        while (received < size) {
            int part = static_cast<int>(std::min<size_t>(size - received, 1 << 20));
            int result = repeat(client, [&] {
                return SSL_read(client.session, text.data() + received, part);
            });
            if (result <= 0)
                break;
            received += static_cast<size_t>(result);
        }
        text.resize(received);
        return text;
    }

    bool echoes(Client& client) {
        send_tls(client, "PING");
        return receive_tls(client, 4) == "PING";
    }

    // Under TLS 1.3 a client has done its part before the server refuses.
    bool is_refused(Client& client) {
        bool refused = !shake_hands(client) || receive_tls(client, 1).empty();
        return refused && until([&] { return network.size() == 0; });
    }

    std::string subject_seen_by(Client& client) {
        X509* certificate = SSL_get1_peer_certificate(client.session);
        char name[100] = "";
        X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
        X509_free(certificate);
        return name;
    }
};

}  // namespace

TEST_F(TlsTest, EchoesEncrypted) {
    listen();
    auto client = connect_tls();
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_TRUE(connected(client->socket).is_tls());
    EXPECT_TRUE(network.addresses().empty());
    std::string text(3'000'000, 'x');
    for (size_t i = 0; i < text.size(); i++)
        text[i] = static_cast<char>(i % 253);
    std::string received;
    owner.on_received = [&](Connection& connection) {
        if (connection.input().size() == text.size())
            Owner::echo(connection);
    };
    send_tls(*client, text);
    EXPECT_TRUE(receive_tls(*client, text.size()) == text);
    EXPECT_TRUE(rests());
    EXPECT_TRUE(until([&] { return network.timeout() == -1; }));
    SSL_shutdown(client->session);
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.failures, std::vector<std::string>());
}

TEST_F(TlsTest, SpeaksPlainAtAnotherPort) {
    options.port = 0;
    listen();
    Socket plain = connect();
    send(plain, "PING");
    EXPECT_EQ(receive(plain, 4), "PING");
    EXPECT_FALSE(owner.open.at(0)->is_tls());
    auto client = connect_tls();
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_TRUE(echoes(*client));
}

TEST_F(TlsTest, WhatIsSentWaitsForTheHandshake) {
    listen();
    auto client = connect_tls();
    Connection& connection = connected(client->socket);
    connection.output() += "early";
    connection.close_after_sending();
    EXPECT_EQ(connection.unsent(), 5u);
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_EQ(receive_tls(*client, 6), "early");
    EXPECT_EQ(SSL_get_shutdown(client->session), SSL_RECEIVED_SHUTDOWN);
}

TEST_F(TlsTest, ASlowReaderHoldsUpNobody) {
    listen();
    auto slow = connect_tls(), other = connect_tls();
    ASSERT_TRUE(shake_hands(*slow));
    ASSERT_TRUE(shake_hands(*other));
    std::string text(16 << 20, 't');
    Connection& connection = connected(slow->socket);
    connection.output() = text;
    connection.flush();
    EXPECT_GT(connection.unsent(), 8u << 20);
    ASSERT_TRUE(rests());
    EXPECT_TRUE(echoes(*other));
    connection.output() += "end";
    connection.flush();
    EXPECT_TRUE(receive_tls(*slow, text.size() + 3) == text + "end");
    EXPECT_EQ(connection.unsent(), 0u);
}

TEST_F(TlsTest, EndsHandshakesThatHang) {
    options.tls->handshake_timeout = 150;
    listen();
    Socket silent = connect(network.tls_addresses().at(0));
    std::string name = connected(silent).peer_address();
    auto client = connect_tls();
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_TRUE(until([&] { return network.size() == 1; }));
    EXPECT_EQ(owner.failures, (std::vector<std::string>{"connection with " + name +
                                                        ": TLS: the handshake took too long"}));
    EXPECT_EQ(receive_all(silent), "");
    EXPECT_TRUE(echoes(*client));
    EXPECT_TRUE(until([&] { return network.timeout() == -1; }));
}

TEST_F(TlsTest, RefusesWhoSpeaksPlainly) {
    listen();
    Socket plain = connect(network.tls_addresses().at(0));
    std::string name = connected(plain).peer_address();
    send(plain, "*1\r\n$4\r\nPING\r\n");
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.failures, (std::vector<std::string>{"connection with " + name +
                                                        ": TLS: wrong version number"}));

    // Who only looks whether the port is open is no failure.
    connected(connect(network.tls_addresses().at(0)));
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.failures.size(), 1u);
}

TEST_F(TlsTest, WantsCertificatesOfClients) {
    make_certificate("client", "ca");
    make_ca("other_ca");
    make_certificate("stranger", "other_ca");
    options.tls->client_certificates = ClientCertificates::required;
    listen();
    auto known = connect_tls("client");
    ASSERT_TRUE(shake_hands(*known));
    EXPECT_TRUE(echoes(*known));
    known.reset();
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_TRUE(owner.failures.empty());

    EXPECT_TRUE(is_refused(*connect_tls()));
    ASSERT_EQ(owner.failures.size(), 1u);
    EXPECT_TRUE(owner.failures[0].ends_with("TLS: peer did not return a certificate"));
    EXPECT_TRUE(is_refused(*connect_tls("stranger")));
    ASSERT_EQ(owner.failures.size(), 2u);
    EXPECT_NE(owner.failures[1].find("TLS: certificate verify failed ("), std::string::npos);

    options.tls->client_certificates = ClientCertificates::optional;
    listen();
    EXPECT_TRUE(is_refused(*connect_tls("stranger")));
    for (const char* certificate : {"", "client"}) {
        auto client = connect_tls(certificate);
        ASSERT_TRUE(shake_hands(*client));
        EXPECT_TRUE(echoes(*client));
    }
}

TEST_F(TlsTest, SpeaksTheChosenProtocols) {
    options.tls->protocols = "tlsv1.2";
    options.tls->ciphers = "ECDHE+AESGCM";
    options.tls->prefer_server_ciphers = true;
    listen();
    auto client = connect_tls();
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_STREQ(SSL_get_version(client->session), "TLSv1.2");
    EXPECT_TRUE(echoes(*client));
    client.reset();
    auto newer = connect_tls();
    SSL_set_min_proto_version(newer->session, TLS1_3_VERSION);
    EXPECT_TRUE(is_refused(*newer));

    options.tls->protocols.clear();
    options.tls->cipher_suites = "TLS_CHACHA20_POLY1305_SHA256";
    listen();
    auto third = connect_tls();
    ASSERT_TRUE(shake_hands(*third));
    EXPECT_STREQ(SSL_get_version(third->session), "TLSv1.3");
    EXPECT_STREQ(SSL_get_cipher(third->session), "TLS_CHACHA20_POLY1305_SHA256");
}

TEST_F(TlsTest, ReadsItsFilesAnew) {
    listen();
    std::string address = network.tls_addresses().at(0);
    auto old = connect_tls();
    ASSERT_TRUE(shake_hands(*old));
    EXPECT_EQ(subject_seen_by(*old), "/CN=server");
    make_certificate("renewed", "ca");
    std::filesystem::rename(file("renewed.crt"), file("server.crt"));
    std::filesystem::rename(file("renewed.key"), file("server.key"));
    listen();
    EXPECT_EQ(network.tls_addresses().at(0), address);
    auto young = connect_tls();
    ASSERT_TRUE(shake_hands(*young));
    EXPECT_EQ(subject_seen_by(*young), "/CN=renewed");
    EXPECT_TRUE(echoes(*young));
    EXPECT_TRUE(echoes(*old));

    // What cannot be read changes nothing.
    std::filesystem::remove(file("server.key"));
    EXPECT_NE(network.listen(options), std::nullopt);
    auto third = connect_tls();
    ASSERT_TRUE(shake_hands(*third));
    EXPECT_TRUE(echoes(*third));
}

TEST_F(TlsTest, TakesEncryptedKeys) {
    openssl("ec -aes256 -passout pass:secret -in server.key -out encrypted.key");
    options.tls->key_file = file("encrypted.key");
    EXPECT_TRUE(network.listen(options)->starts_with("could not load the TLS key \"" +
                                                     file("encrypted.key")));
    options.tls->key_password = "secret";
    listen();
    auto client = connect_tls();
    ASSERT_TRUE(shake_hands(*client));
    EXPECT_TRUE(echoes(*client));
}

TEST_F(TlsTest, TellsWhatIsWrongWithItsOptions) {
    make_certificate("other", "ca");
    auto error_with = [&](const std::function<void(server::TlsOptions&)>& change) {
        NetworkOptions wrong = options;
        change(*wrong.tls);
        return network.listen(wrong).value_or("");
    };
    EXPECT_EQ(error_with([&](auto& tls) {
                  tls.certificate_file = file("none");
              }).find("could not load the TLS certificate \"" + file("none") + "\": "),
              0u);
    EXPECT_NE(error_with([&](auto& tls) { tls.key_file = file("other.key"); }), "");
    EXPECT_EQ(error_with([&](auto& tls) { tls.key_file.clear(); }),
              "TLS needs the files of a certificate and of its key");
    EXPECT_EQ(error_with([&](auto& tls) { tls.protocols = "TLSv1.2 SSLv3"; }),
              "unknown TLS protocol \"SSLv3\"");
    EXPECT_EQ(error_with([&](auto& tls) {
                  tls.ciphers = "none such";
              }).find("could not use the TLS ciphers \"none such\": "),
              0u);
    EXPECT_NE(error_with([&](auto& tls) {
                  tls.client_certificates = ClientCertificates::required;
                  tls.ca_file.clear();
              }),
              "");
    EXPECT_TRUE(network.tls_addresses().empty());
}

TEST_F(TlsTest, ConnectionsLeaveNothing) {
    listen();
    auto cycle = [&](int times) {
        for (int i = 0; i < times; i++) {
            auto client = connect_tls();
            ASSERT_TRUE(shake_hands(*client));
            ASSERT_TRUE(echoes(*client));
        }
        ASSERT_TRUE(until([&] { return network.size() == 0; }));
    };
    cycle(100);
    size_t descriptors = open_descriptors();
    size_t memory = allocated_bytes();
    cycle(100);
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_LT(allocated_bytes(), memory + 32 * 1024);
}

}  // namespace unit
