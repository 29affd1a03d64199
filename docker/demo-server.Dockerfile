# A MedPro server for the profile `demo`: OpenSSH, the sample migrations, and the exports that they read.
ARG DEBIAN_IMAGE=debian:bookworm-slim
FROM ${DEBIAN_IMAGE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openssh-server python3 \
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
 && mkdir -p /run/sshd \
 # The password `*` fits nothing, but unlike none it does not lock the account.
 && useradd --create-home --shell /bin/sh --password '*' medpro
COPY demo/scripts /opt/medpro/scripts
COPY demo/make_data.py /opt/medpro/
# A new volume for the home begins as a copy of this.
RUN python3 /opt/medpro/make_data.py /home/medpro/data && chown -R medpro:medpro /home/medpro
COPY docker/demo/sshd_config /etc/ssh/sshd_config
EXPOSE 22
HEALTHCHECK --interval=10s --timeout=6s \
  CMD ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 22), 5).recv(4)"]
CMD ["/usr/sbin/sshd", "-D", "-e"]
