# Lamina with the Java that it needs, for machines with NVIDIA's Container Toolkit and for those without a GPU:
#
#   docker build -t lamina .
#   docker run --rm --gpus all lamina doctor
#   docker run --rm lamina train            # no GPU: runs on the CPU and says so
#
# NVIDIA's image brings cuBLAS 12.
FROM docker.io/library/eclipse-temurin:25-jdk AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev maven \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pom.xml LICENSE NOTICE ./
COPY src/main src/main
COPY cuda-kernels cuda-kernels
COPY native/cpu-loops native/cpu-loops
COPY native/cublas-bridge native/cublas-bridge
RUN mvn -B -ntp -Dmaven.test.skip=true package
# Not to /opt/java: that is where this image keeps its JDK.
RUN "${JAVA_HOME}/bin/jlink" --strip-debug --no-header-files --no-man-pages --compress=zip-6 --output /opt/jre \
    --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported,jdk.zipfs

FROM docker.io/nvidia/cuda:12.6.3-runtime-ubuntu24.04
COPY --from=build /opt/jre /opt/java
COPY --from=build /src/target/lamina.jar /opt/lamina/
COPY --from=build /src/target/lib /opt/lamina/lib
COPY src/main/dist/logback.xml /opt/lamina/
COPY src/docker/lamina /usr/local/bin/lamina
# Folders of its own for what is unpacked and compiled, which nobody else can write to.
RUN chmod 755 /usr/local/bin/lamina \
    && useradd --create-home --uid 10001 lamina \
    && install -d -o lamina -g lamina -m 700 /var/lamina /var/lamina/tmp /var/lamina/cache
ENV TMPDIR=/var/lamina/tmp \
    XDG_CACHE_HOME=/var/lamina/cache \
    CUDA_CACHE_PATH=/var/lamina/cache/cuda \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER lamina
WORKDIR /home/lamina
ENTRYPOINT ["lamina"]
